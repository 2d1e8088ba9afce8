-- Deleted accounts: a row of the user stays, without anything of her, so that her id is nobody else's.
ALTER TYPE "UserKind" ADD VALUE 'deleted';

-- Accounts that are being erased: the worker goes on with them until nothing is left to do.
CREATE TABLE "erasure" (
    "user_id" TEXT NOT NULL,
    "asked_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "erasure_pkey" PRIMARY KEY ("user_id")
);
