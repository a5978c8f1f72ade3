ALTER TABLE `members` ADD `access_email` text;--> statement-breakpoint
CREATE INDEX `members_by_access_email` ON `members` (`access_email`);