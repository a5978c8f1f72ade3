CREATE TABLE `operator_passes` (
	`secret_hash` text PRIMARY KEY NOT NULL,
	`expires_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `used_setup_codes` (
	`code_hash` text PRIMARY KEY NOT NULL,
	`used_at_ms` integer NOT NULL
);
