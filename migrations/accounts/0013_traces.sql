CREATE TABLE `trace_targets` (
	`account_id` text NOT NULL,
	`provider` text NOT NULL,
	`sealed` text NOT NULL,
	`shown` text NOT NULL,
	`saved_at_ms` integer NOT NULL,
	`sent` integer DEFAULT 0 NOT NULL,
	`dropped` integer DEFAULT 0 NOT NULL,
	`failures` integer DEFAULT 0 NOT NULL,
	`last_error` text,
	`last_tried_at_ms` integer,
	PRIMARY KEY(`account_id`, `provider`),
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
ALTER TABLE `accounts` ADD `traces` integer DEFAULT false NOT NULL;