-- The expression is said by hand: drizzle-kit takes its comma for two columns.
DROP INDEX `requests_by_model`;--> statement-breakpoint
DROP INDEX `requests_by_failure`;--> statement-breakpoint
CREATE INDEX `requests_by_model` ON `requests` (`account_id`,ifnull(`model`, `requested_model`),`id`);--> statement-breakpoint
CREATE INDEX `requests_by_failure` ON `requests` (`account_id`,`id`) WHERE "requests"."status" >= 400;