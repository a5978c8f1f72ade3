-- WITHOUT ROWID is added by hand, as in 0000.
CREATE TABLE `dead_letters` (
	`id` text PRIMARY KEY NOT NULL,
	`at_ms` integer NOT NULL,
	`writer_id` text,
	`reason` text NOT NULL,
	`message` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `erasures` (
	`account_id` text PRIMARY KEY NOT NULL,
	`requested_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `open_requests` (
	`id` text PRIMARY KEY NOT NULL,
	`entry` text NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE `restored_days` (
	`account_id` text NOT NULL,
	`day` text NOT NULL,
	`until_ms` integer NOT NULL,
	PRIMARY KEY(`account_id`, `day`)
);
--> statement-breakpoint
CREATE TABLE `writers` (
	`id` text PRIMARY KEY NOT NULL,
	`accepted` integer NOT NULL,
	`written` integer NOT NULL,
	`retried` integer NOT NULL,
	`lost` integer NOT NULL,
	`pending_since_ms` integer,
	`seen_at_ms` integer NOT NULL
) WITHOUT ROWID;
