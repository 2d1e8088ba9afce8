-- Whom an admin has sent away is noted where her next way in is looked up: the rows of her times are hers to clear.
ALTER TABLE "joining" ADD COLUMN "barred" BOOLEAN NOT NULL DEFAULT false;
UPDATE "joining" SET "barred" = true WHERE "state" = 'declined';

INSERT INTO "joining" ("conversation_id", "user_id", "state", "barred", "at")
SELECT f."conversation_id", f."user_id", 'declined', true, f."left_at" FROM "former_member" f
WHERE f."removed" AND EXISTS (SELECT FROM "user" u WHERE u."id" = f."user_id")
  AND NOT EXISTS (SELECT FROM "former_member" g
    WHERE g."conversation_id" = f."conversation_id" AND g."user_id" = f."user_id" AND g."left_seq" > f."left_seq")
  AND NOT EXISTS (SELECT FROM "member" m
    WHERE m."conversation_id" = f."conversation_id" AND m."user_id" = f."user_id")
ON CONFLICT ("conversation_id", "user_id") DO UPDATE SET "barred" = true;

ALTER TABLE "former_member" DROP COLUMN "removed";
