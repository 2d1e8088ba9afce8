// Bounds that both ends of a wire keep. What an operator may change stands in server/config.ts instead.

export const limits = {
  /** UTF-8 bytes of a message's text */
  textBytes: 65_536,
  clientMessageIdChars: 128,
  deviceIdChars: 64,
  deviceNameChars: 100,
  usernameChars: { min: 3, max: 32 },
  passwordChars: { min: 8, max: 128 },
  displayNameChars: 64,
  aboutChars: 140,
  noteChars: 300,
  titleChars: 100,
  descriptionChars: 500,
  mentions: 100,
  /** of the address of a page of which a preview is made */
  linkChars: 2048,
  previewTitleChars: 200,
  previewDescriptionChars: 500,
  previewSiteChars: 100,
  /** characters of the text of a message that is quoted */
  quoteChars: 200,
  /** links of one group, those that are used up or have expired not counted */
  groupInvites: 20,
  /** people who wait to get into one group */
  groupJoinings: 500,
  inviteUses: 100_000,
  inviteSeconds: { min: 60, max: 31_536_000 },
  pinnedConversations: 5,
  /** UTF-8 bytes of what one has begun to write */
  draftBytes: 16_384,
  editsOfMessage: 100,
  emojiChars: 64,
  /** files of one message */
  attachments: 20,
  mediaNameChars: 255,
  waveformSteps: 128,
  /** a day */
  durationMs: 86_400_000,
  /** of those who reacted with one emoji, so many are named */
  reactionUsers: 100,
  /** of one user */
  stars: 10_000,
  searchChars: 200,
  /** of one conversation */
  pins: 10,
  /** messages last so long where they disappear */
  disappearSeconds: { min: 60, max: 31_536_000 },
  /** counted up to here */
  forwards: 1000,
  pollOptions: 12,
  /** of a question, the name of a place … */
  lineChars: 300,
  page: { default: 50, max: 200 },
} as const;
