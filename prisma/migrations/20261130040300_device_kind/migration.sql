-- What a device is, for who looks at her list of them.
ALTER TABLE "device" ADD COLUMN "kind" TEXT NOT NULL DEFAULT '';
