ALTER TABLE `accounts` ADD `currency` text DEFAULT 'USD' NOT NULL;--> statement-breakpoint
ALTER TABLE `accounts` ADD `rate_micros` integer;--> statement-breakpoint
ALTER TABLE `accounts` ADD `rate_date` text;--> statement-breakpoint
ALTER TABLE `accounts` ADD `keep_alive` integer DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE `invitations` ADD `member_id` text REFERENCES members(id) ON DELETE cascade;--> statement-breakpoint
ALTER TABLE `invitations` ADD `email` text;--> statement-breakpoint
ALTER TABLE `members` ADD `email` text;--> statement-breakpoint
CREATE INDEX `members_by_email` ON `members` (`email`);