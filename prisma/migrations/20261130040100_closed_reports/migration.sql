-- What became of a report, and what was said when it was made.
ALTER TABLE "report"
  ADD COLUMN "evidence" JSONB,
  ADD COLUMN "closed_at" TIMESTAMPTZ(3),
  ADD COLUMN "closed_by" TEXT,
  ADD COLUMN "outcome" TEXT,
  ADD COLUMN "closing_note" TEXT;
