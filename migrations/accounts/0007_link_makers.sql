-- ON DELETE is added by hand: the generator leaves it out of an added column.
ALTER TABLE `invitations` ADD `made_by` text REFERENCES members(id) ON DELETE cascade;
