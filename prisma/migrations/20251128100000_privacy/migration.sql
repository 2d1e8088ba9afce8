-- Who may see and ask whom: privacy settings, blocks, names of one's own for others, reports.
CREATE TYPE "Audience" AS ENUM ('everybody', 'circle', 'contacts', 'nobody');

ALTER TABLE "user" ADD COLUMN "presence_to" "Audience" NOT NULL DEFAULT 'everybody',
  ADD COLUMN "found_by" "Audience" NOT NULL DEFAULT 'everybody',
  ADD COLUMN "added_by" "Audience" NOT NULL DEFAULT 'everybody';

CREATE TABLE "block" (
    "user_id" TEXT NOT NULL,
    "blocked_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "block_pkey" PRIMARY KEY ("user_id", "blocked_id")
);

CREATE TABLE "remark" (
    "user_id" TEXT NOT NULL,
    "about_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,

    CONSTRAINT "remark_pkey" PRIMARY KEY ("user_id", "about_id")
);

CREATE TABLE "report" (
    "id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "about_id" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "text" TEXT NOT NULL DEFAULT '',
    "conversation_id" TEXT,
    "message_id" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "report_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "report_created_at_idx" ON "report"("created_at");
CREATE INDEX "report_user_id_created_at_idx" ON "report"("user_id", "created_at");

ALTER TABLE "block" ADD CONSTRAINT "block_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "block" ADD CONSTRAINT "block_blocked_id_fkey" FOREIGN KEY ("blocked_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;
ALTER TABLE "remark" ADD CONSTRAINT "remark_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user"("id") ON DELETE CASCADE ON UPDATE CASCADE;
