// The emoji one picks from, by group, each in the form that Unicode recommends (RGI): the only one the server takes.

export const quickEmoji = ['👍', '❤️', '😂', '😮', '😢', '🙏'] as const;

const split = (text: string) => text.split(' ');

export const emojiGroups: readonly { readonly name: string; readonly emoji: readonly string[] }[] = [
  {
    name: 'Smileys',
    emoji: split(
      '😀 😃 😄 😁 😆 😅 🤣 😂 🙂 🙃 😉 😊 😇 🥰 😍 🤩 😘 😗 😚 😙 😋 😛 😜 🤪 😝 🤑 🤗 🤭 🤫 🤔 🤐 🤨 😐 😑 😶 😏 😒 🙄 😬 😌 😔 😪 🤤 😴 😷 🤒 🤕 🤢 🤮 🤧 🥵 🥶 🥴 😵 🤯 🤠 🥳 😎 🤓 🧐 😕 😟 🙁 ☹️ 😮 😯 😲 😳 🥺 😦 😧 😨 😰 😥 😢 😭 😱 😖 😣 😞 😓 😩 😫 🥱 😤 😡 😠 🤬 😈 👿 💀 💩 🤡 👻 👽 🤖 😺 😸 😹 😻 😼 🙀 😿',
    ),
  },
  {
    name: 'People',
    emoji: split(
      '👋 🤚 ✋ 🖖 👌 🤏 ✌️ 🤞 🤟 🤘 🤙 👈 👉 👆 👇 ☝️ 👍 👎 ✊ 👊 🤛 🤜 👏 🙌 👐 🤲 🤝 🙏 ✍️ 💅 🤳 💪 🦾 👂 👀 🧠 👶 🧒 👦 👧 🧑 👨 👩 🧓 👴 👵 🙍 🙅 🙆 💁 🙋 🙇 🤦 🤷 👮 🕵️ 👷 🤴 👸 🎅 🦸 🧙 🧚 🧛 💃 🕺 🏃 🚶 🧘 👪 👣',
    ),
  },
  {
    name: 'Nature',
    emoji: split(
      '🐶 🐱 🐭 🐹 🐰 🦊 🐻 🐼 🐨 🐯 🦁 🐮 🐷 🐸 🐵 🙈 🙉 🙊 🐔 🐧 🐦 🐤 🦆 🦅 🦉 🐺 🐴 🦄 🐝 🐛 🦋 🐌 🐞 🐢 🐍 🐙 🦀 🐠 🐬 🐳 🐘 🦒 🐎 🐑 🐕 🐈 🦔 🐾 💐 🌸 🌹 🌻 🌷 🌱 🌲 🌳 🌴 🌵 🍀 🍁 🍂 🍄 🌍 🌙 ⭐ 🌟 ☀️ ⛅ 🌧️ ⛈️ ❄️ ⛄ 🔥 💧 🌊 🌈',
    ),
  },
  {
    name: 'Food',
    emoji: split(
      '🍏 🍎 🍐 🍊 🍋 🍌 🍉 🍇 🍓 🍒 🍑 🥭 🍍 🥥 🥝 🍅 🥑 🥦 🥕 🌽 🌶️ 🥔 🥐 🍞 🥨 🧀 🥚 🍳 🥞 🥓 🍗 🍔 🍟 🍕 🌭 🥪 🌮 🌯 🥗 🍝 🍜 🍲 🍣 🍱 🥟 🍚 🍦 🍩 🍪 🎂 🍰 🧁 🍫 🍬 🍯 🍼 ☕ 🍵 🍺 🍻 🥂 🍷 🍸 🍹 🥤',
    ),
  },
  {
    name: 'Activities',
    emoji: split(
      '⚽ 🏀 🏈 ⚾ 🎾 🏐 🏉 🎱 🏓 🏸 🥅 ⛳ 🏹 🎣 🥊 🥋 ⛸️ 🎿 🏂 🏋️ 🤸 🏊 🚴 🧗 🏆 🥇 🥈 🥉 🎖️ 🎟️ 🎭 🎨 🎬 🎤 🎧 🎼 🎹 🥁 🎷 🎺 🎸 🎻 🎲 ♟️ 🎯 🎳 🎮 🧩 🎉 🎊 🎈 🎁',
    ),
  },
  {
    name: 'Travel',
    emoji: split(
      '🚗 🚕 🚌 🏎️ 🚓 🚑 🚒 🚚 🚜 🚲 🛴 🏍️ 🚂 🚆 🚇 🚊 ✈️ 🛫 🛬 🚀 🚁 ⛵ 🚢 ⚓ 🚦 🗺️ 🗽 🗼 🏰 🏟️ 🎡 🎢 ⛲ 🏖️ 🏝️ 🏔️ ⛺ 🏠 🏡 🏢 🏥 🏦 🏨 🏫 ⛪ 🌃 🌅 🌆 🌉',
    ),
  },
  {
    name: 'Things',
    emoji: split(
      '⌚ 📱 💻 ⌨️ 🖥️ 🖨️ 📷 📹 📺 📻 ⏰ ⏳ 🔋 💡 🔦 🕯️ 💸 💵 💳 💎 🔧 🔨 ⚙️ 🔒 🔑 🚪 🛏️ 🚿 🧹 🛒 🎒 👓 👔 👕 👗 👟 👑 🎩 💍 💄 📦 ✉️ 📨 📅 📈 📌 📎 ✂️ 📝 📚 📖 🔍 🧪 💊 🩹',
    ),
  },
  {
    name: 'Symbols',
    emoji: split(
      '❤️ 🧡 💛 💚 💙 💜 🖤 🤍 💔 ❣️ 💕 💞 💓 💗 💖 💘 💯 💢 💥 💫 💦 💨 💬 💭 💤 ✅ ☑️ ✔️ ❌ ❎ ➕ ➖ ❓ ❗ ⚠️ 🚫 ⛔ ♻️ 🔔 🔕 🎵 🎶 ▶️ ⏸️ ⏩ 🔁 🔝 🆗 🆕 🆒 0️⃣ 1️⃣ 2️⃣ 3️⃣ 🔴 🟠 🟡 🟢 🔵 🟣 ⚫ ⚪ 🏁 🚩 🏳️‍🌈',
    ),
  },
];

const ALONE = new RegExp('^(?:\\p{RGI_Emoji}\\s*){1,3}$', 'v');

/** One to three emoji and nothing else: shown large. */
export const isEmojiOnly = (text: string) => text.length <= 48 && ALONE.test(text.trim());
