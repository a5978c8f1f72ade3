CREATE TABLE `heartbeats` (
	`name` text PRIMARY KEY NOT NULL,
	`at_ms` integer NOT NULL,
	`left_out` text
);
