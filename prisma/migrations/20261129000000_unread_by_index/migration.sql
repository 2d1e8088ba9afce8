-- Unread messages are counted from the index alone: whose a message is, and of which kind, stands beside its key. The
-- rows of a conversation stand apart on the disk, and a page of the list read one for each unread message.
DO $$
DECLARE
    references_to_message CONSTANT TEXT[] := ARRAY(
        SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE contype = 'f' AND confrelid = '"message"'::regclass);
    again TEXT;
BEGIN
    ALTER TABLE "message" DROP CONSTRAINT "message_pkey" CASCADE;
    ALTER TABLE "message" ADD CONSTRAINT "message_pkey" PRIMARY KEY ("conversation_id", "seq") INCLUDE ("sender_id", "kind");
    FOREACH again IN ARRAY references_to_message LOOP
        EXECUTE again;
    END LOOP;
END $$;
