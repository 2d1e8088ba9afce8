-- Who shows how far she has read, and since when somebody is a member.
ALTER TABLE "user" ADD COLUMN "read_markers" BOOLEAN NOT NULL DEFAULT true;
ALTER TABLE "member" ADD COLUMN "entered_seq" INTEGER;
UPDATE "member" SET "entered_seq" = "joined_seq" WHERE "joined_seq" > 0;
