-- What people upload, and which messages show it. A file is kept while a message, a profile or a group shows it.
CREATE TYPE "MediaKind" AS ENUM ('image', 'audio', 'video', 'file');

CREATE TABLE "media" (
  "id" TEXT NOT NULL,
  "owner_id" TEXT NOT NULL,
  "kind" "MediaKind" NOT NULL,
  "name" TEXT NOT NULL,
  "type" TEXT NOT NULL,
  "size" INTEGER NOT NULL,
  "etag" TEXT NOT NULL,
  "width" INTEGER,
  "height" INTEGER,
  "duration" INTEGER,
  "waveform" INTEGER[],
  "declared" BOOLEAN NOT NULL DEFAULT false,
  "blurhash" TEXT,
  "preview_size" INTEGER,
  "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
  "sent_at" TIMESTAMPTZ(3),
  "kept_until" TIMESTAMPTZ(3) NOT NULL,
  "gone_at" TIMESTAMPTZ(3),
  CONSTRAINT "media_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "media_owner_id_size_idx" ON "media" ("owner_id", "size");

CREATE TABLE "message_media" (
  "conversation_id" TEXT NOT NULL,
  "seq" INTEGER NOT NULL,
  "media_id" TEXT NOT NULL,
  CONSTRAINT "message_media_pkey" PRIMARY KEY ("conversation_id", "seq", "media_id"),
  CONSTRAINT "message_media_conversation_id_seq_fkey" FOREIGN KEY ("conversation_id", "seq")
    REFERENCES "message" ("conversation_id", "seq") ON DELETE CASCADE ON UPDATE CASCADE,
  CONSTRAINT "message_media_media_id_fkey" FOREIGN KEY ("media_id") REFERENCES "media" ("id")
    ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "message_media_media_id_idx" ON "message_media" ("media_id");

-- who shows a file: asked by the sweep, and when an avatar or a group's picture is read
CREATE INDEX "user_avatar_idx" ON "user" ("avatar");
CREATE INDEX "conversation_picture_idx" ON "conversation" ("picture");
