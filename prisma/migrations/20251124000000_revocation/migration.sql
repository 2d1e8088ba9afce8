-- AlterTable
ALTER TABLE "user" ADD COLUMN "disabled_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "device" ADD COLUMN "grant_id" TEXT;

-- CreateEnum
CREATE TYPE "RevocationKind" AS ENUM ('grant', 'user');

-- CreateTable
CREATE TABLE "revocation" (
    "kind" "RevocationKind" NOT NULL,
    "id" TEXT NOT NULL,
    "issued_before" TIMESTAMPTZ(3) NOT NULL,
    "noted_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "revocation_pkey" PRIMARY KEY ("kind","id")
);

-- CreateIndex
CREATE INDEX "revocation_noted_at_idx" ON "revocation"("noted_at");

-- CreateIndex: the records of one user, when all her logins end
CREATE INDEX "oidc_record_account_id_idx" ON "oidc_record"((payload->>'accountId'));
