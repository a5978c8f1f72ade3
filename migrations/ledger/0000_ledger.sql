-- WITHOUT ROWID is added by hand, drizzle-kit cannot say it: the primary key is the table, which saves
-- a written row a request.
CREATE TABLE `requests` (
	`account_id` text NOT NULL,
	`id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`token_id` text NOT NULL,
	`label` text,
	`endpoint` text NOT NULL,
	`mode` text NOT NULL,
	`requested_model` text,
	`model` text,
	`status` integer NOT NULL,
	`outcome` text NOT NULL,
	`streamed` integer NOT NULL,
	`input_tokens` integer,
	`cached_tokens` integer,
	`output_tokens` integer,
	`reasoning_tokens` integer,
	`tool_calls` text,
	`cost_ticks` integer,
	`cost_basis` text NOT NULL,
	`computed_ticks` integer,
	`own_ms` integer NOT NULL,
	`first_byte_ms` integer,
	`total_ms` integer NOT NULL,
	`error_code` text,
	`error_text` text,
	`response_id` text,
	`upstream_request_id` text,
	`colo` text,
	PRIMARY KEY(`account_id`, `id`)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX `requests_by_model` ON `requests` (`account_id`,`model`,`id`);--> statement-breakpoint
CREATE INDEX `requests_by_token` ON `requests` (`account_id`,`token_id`,`id`);--> statement-breakpoint
CREATE INDEX `requests_by_label` ON `requests` (`account_id`,`label`,`id`) WHERE "requests"."label" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `requests_by_failure` ON `requests` (`account_id`,`status`,`id`) WHERE "requests"."status" >= 400;--> statement-breakpoint
CREATE TABLE `rollups` (
	`account_id` text NOT NULL,
	`hour_ms` integer NOT NULL,
	`token_id` text NOT NULL,
	`model` text NOT NULL,
	`label` text NOT NULL,
	`requests` integer NOT NULL,
	`failed` integer NOT NULL,
	`aborted` integer NOT NULL,
	`input_tokens` integer NOT NULL,
	`cached_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`reasoning_tokens` integer NOT NULL,
	`reported_ticks` integer NOT NULL,
	`computed_ticks` integer NOT NULL,
	`estimated_ticks` integer NOT NULL,
	`unknown_costs` integer NOT NULL,
	`first_byte_histogram` text NOT NULL,
	`total_histogram` text NOT NULL,
	PRIMARY KEY(`account_id`, `hour_ms`, `token_id`, `model`, `label`)
) WITHOUT ROWID;
