ALTER TABLE `tokens` ADD `expires_at_ms` integer;--> statement-breakpoint
ALTER TABLE `tokens` ADD `disabled` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `tokens` ADD `models` text;--> statement-breakpoint
ALTER TABLE `tokens` ADD `endpoints` text;--> statement-breakpoint
ALTER TABLE `tokens` ADD `addresses` text;--> statement-breakpoint
ALTER TABLE `tokens` ADD `former_hash` text;--> statement-breakpoint
ALTER TABLE `tokens` ADD `former_until_ms` integer;--> statement-breakpoint
CREATE UNIQUE INDEX `tokens_by_former_hash` ON `tokens` (`former_hash`);