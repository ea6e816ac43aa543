-- Ends the statement that commits a group of the audit log, when the epoch has changed that one of its calls was decided under. The
-- group's rows come by COPY behind that statement, and fail with it.
CREATE FUNCTION audit_stale() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the epoch has changed' USING ERRCODE = 'AV001';
END
$$;
