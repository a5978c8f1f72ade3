CREATE TABLE `audit` (
	`id` text PRIMARY KEY NOT NULL,
	`account_id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`member_name` text NOT NULL,
	`action` text NOT NULL,
	`subject` text NOT NULL,
	FOREIGN KEY (`account_id`) REFERENCES `accounts`(`id`) ON UPDATE no action ON DELETE cascade
);
--> statement-breakpoint
CREATE INDEX `audit_by_account` ON `audit` (`account_id`,`id`);