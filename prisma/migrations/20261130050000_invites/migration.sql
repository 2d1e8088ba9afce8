-- Links into groups, asking to get in and being asked to; who was removed; who may put one into groups.
ALTER TABLE "user" ADD COLUMN "grouped_by" "Audience" NOT NULL DEFAULT 'everybody';

ALTER TABLE "former_member" ADD COLUMN "removed" BOOLEAN NOT NULL DEFAULT false;
UPDATE "former_member" f SET "removed" = true FROM "message" m
WHERE m."conversation_id" = f."conversation_id" AND m."seq" = f."left_seq"
  AND m."kind" = 'system' AND m."media"->>'change' = 'removed';

CREATE TABLE "group_invite" (
    "id" TEXT NOT NULL,
    "conversation_id" TEXT NOT NULL,
    "digest" BYTEA NOT NULL,
    "made_by" TEXT NOT NULL,
    "approval" BOOLEAN NOT NULL DEFAULT false,
    "expires_at" TIMESTAMPTZ(3),
    "max_uses" INTEGER,
    "uses" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "group_invite_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "group_invite_digest_key" ON "group_invite"("digest");
CREATE INDEX "group_invite_conversation_id_idx" ON "group_invite"("conversation_id");

CREATE TYPE "JoiningState" AS ENUM ('requested', 'invited', 'declined', 'refused');

CREATE TABLE "joining" (
    "conversation_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "state" "JoiningState" NOT NULL,
    "invite_id" TEXT,
    "invited_by" TEXT,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "joining_pkey" PRIMARY KEY ("conversation_id","user_id")
);
CREATE INDEX "joining_user_id_idx" ON "joining"("user_id");

ALTER TABLE "group_invite" ADD CONSTRAINT "group_invite_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "joining" ADD CONSTRAINT "joining_conversation_id_fkey" FOREIGN KEY ("conversation_id") REFERENCES "conversation"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "joining" ADD CONSTRAINT "joining_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;
