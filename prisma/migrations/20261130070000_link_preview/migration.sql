-- What was found at the links that people were about to send, for a while; and what a message shows of its link.
CREATE TABLE "link_preview" (
    "digest" BYTEA NOT NULL,
    "content" JSONB NOT NULL,
    "fetched_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "link_preview_pkey" PRIMARY KEY ("digest")
);
CREATE INDEX "link_preview_fetched_at_idx" ON "link_preview"("fetched_at");

ALTER TABLE "message" ADD COLUMN "preview" JSONB;
