-- The role of AWS that a credential assumes, in the open as it is no secret: whoever approves a call sees as whom it will be made.
-- Null where there is none, and for what was stored before this column was.
ALTER TABLE secrets
  ADD COLUMN role_arn text;
