-- Each member's own list of conversations. The columns are null until they are used, so that no row grows.
ALTER TABLE "user" ADD COLUMN "keep_archived" BOOLEAN NOT NULL DEFAULT true;

ALTER TABLE "member"
  ADD COLUMN "pinned" INTEGER,
  ADD COLUMN "archived_seq" INTEGER,
  ADD COLUMN "muted_until" TIMESTAMPTZ(3),
  ADD COLUMN "unread_at_seq" INTEGER,
  ADD COLUMN "deleted_seq" INTEGER,
  ADD COLUMN "settings_at" TIMESTAMPTZ(3);

CREATE TABLE "draft" (
  "user_id" TEXT NOT NULL,
  "conversation_id" TEXT NOT NULL,
  "text" TEXT NOT NULL,
  "reply_to" TEXT,
  "written_at" TIMESTAMPTZ(3) NOT NULL,

  CONSTRAINT "draft_pkey" PRIMARY KEY ("user_id", "conversation_id"),
  CONSTRAINT "draft_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
