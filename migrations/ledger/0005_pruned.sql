CREATE TABLE `pruned` (
	`account_id` text PRIMARY KEY NOT NULL,
	`before_ms` integer NOT NULL
);
