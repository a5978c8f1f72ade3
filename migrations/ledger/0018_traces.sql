ALTER TABLE `requests` ADD `trace_context` text;--> statement-breakpoint
CREATE INDEX `requests_to_trace` ON `requests` (`account_id`,`id`) WHERE "requests"."trace_context" IS NOT NULL;