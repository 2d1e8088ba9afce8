-- What a user does to messages for herself: those she has deleted for herself, and those she has given a star.
CREATE TABLE "hidden_message" (
    "user_id" TEXT NOT NULL,
    "conversation_id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,

    CONSTRAINT "hidden_message_pkey" PRIMARY KEY ("user_id", "conversation_id", "seq"),
    CONSTRAINT "hidden_message_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE "star" (
    "user_id" TEXT NOT NULL,
    "conversation_id" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "starred_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "star_pkey" PRIMARY KEY ("user_id", "conversation_id", "seq"),
    CONSTRAINT "star_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "user" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "star_user_id_starred_at_idx" ON "star" ("user_id", "starred_at");
