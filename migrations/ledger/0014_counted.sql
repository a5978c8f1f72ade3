CREATE TABLE `unchecked_requests` (
	`hour_ms` integer PRIMARY KEY NOT NULL,
	`passed` integer NOT NULL,
	`refused` integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE `requests` ADD `counted_ticks` integer;--> statement-breakpoint
ALTER TABLE `rollups` ADD `counted_ticks` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `rollups` ADD `uncounted` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `summaries` ADD `counted_ticks` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `summaries` ADD `uncounted` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `works` ADD `counted_ticks` integer;