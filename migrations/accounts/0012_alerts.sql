CREATE TABLE `alert_cycles` (
	`name` text PRIMARY KEY NOT NULL,
	`at_ms` integer NOT NULL,
	`before_ms` integer NOT NULL,
	`cursor` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `alert_messages` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`once_key` text NOT NULL,
	`at_ms` integer NOT NULL,
	`facts` text NOT NULL,
	`content` text,
	`channels` text,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE UNIQUE INDEX `alert_messages_once` ON `alert_messages` (`account_id`,`once_key`);--> statement-breakpoint
CREATE INDEX `alert_messages_by_account` ON `alert_messages` (`account_id`,`id`);--> statement-breakpoint
CREATE INDEX `alert_messages_by_time` ON `alert_messages` (`at_ms`);--> statement-breakpoint
CREATE INDEX `alert_messages_new` ON `alert_messages` (`at_ms`) WHERE "content" IS NULL;--> statement-breakpoint
CREATE TABLE `alert_rules` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL,
	`scope` text NOT NULL,
	`threshold` real,
	`hours` integer,
	`minimum` integer,
	`channels` text,
	`created_at_ms` integer NOT NULL,
	`changed_at_ms` integer NOT NULL,
	`state` text DEFAULT '{}' NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `alert_rules_by_account` ON `alert_rules` (`account_id`);--> statement-breakpoint
CREATE INDEX `alert_rules_by_kind` ON `alert_rules` (`kind`,`id`);--> statement-breakpoint
CREATE INDEX `alert_rules_open` ON `alert_rules` (`id`) WHERE "state" ->> '$.all.open' IS NOT NULL;--> statement-breakpoint
CREATE TABLE `bill_days` (
	`account_id` text NOT NULL,
	`day_ms` integer NOT NULL,
	`read_at_ms` integer NOT NULL,
	`hours` text NOT NULL,
	`is_cut` integer NOT NULL,
	PRIMARY KEY(`account_id`, `day_ms`),
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE TABLE `channels` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`name` text NOT NULL,
	`kind` text NOT NULL,
	`sealed` text NOT NULL,
	`shown` text NOT NULL,
	`origin` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`failures` integer DEFAULT 0 NOT NULL,
	`last_error` text,
	`last_tried_at_ms` integer,
	`last_delivered_at_ms` integer,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `channels_by_account` ON `channels` (`account_id`);--> statement-breakpoint
CREATE TABLE `deliveries` (
	`message_id` text NOT NULL,
	`channel_id` text NOT NULL,
	`account_id` text NOT NULL,
	`state` text NOT NULL,
	`attempts` integer DEFAULT 0 NOT NULL,
	`next_at_ms` integer NOT NULL,
	`error` text,
	`done_at_ms` integer,
	PRIMARY KEY(`message_id`, `channel_id`),
	FOREIGN KEY (`message_id`) REFERENCES `alert_messages`(`id`) ON UPDATE no action ON DELETE cascade,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `deliveries_waiting` ON `deliveries` (`next_at_ms`) WHERE "state" = 'waiting';--> statement-breakpoint
CREATE INDEX `deliveries_by_account` ON `deliveries` (`account_id`);--> statement-breakpoint
CREATE TABLE `management_keys` (
	`account_id` text NOT NULL,
	`provider` text NOT NULL,
	`sealed` text NOT NULL,
	`last_four` text NOT NULL,
	`saved_at_ms` integer NOT NULL,
	`read_at_ms` integer,
	`next_at_ms` integer DEFAULT 0 NOT NULL,
	`problem` text,
	`invoice` text,
	`key_id` text,
	`key_since_ms` integer,
	PRIMARY KEY(`account_id`, `provider`),
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `management_keys_due` ON `management_keys` (`next_at_ms`);