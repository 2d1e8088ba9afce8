-- Events for the device were dropped, and it has not been told yet.
ALTER TABLE "device" ADD COLUMN "missed_at" TIMESTAMPTZ(3);
