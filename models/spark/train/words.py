"""What things are called: synonyms, axis ladders, caption templates."""

SUBJECT_WORDS = {
    "starfield": ["a starfield", "stars", "a starry sky", "a field of stars", "twinkling stars"],
    "nebula": ["a nebula", "a space cloud", "interstellar gas", "cosmic clouds", "a gas cloud"],
    "aurora": ["an aurora", "northern lights", "the northern lights", "polar lights", "aurora curtains"],
    "comet": ["a comet", "a shooting star", "a meteor", "a falling star"],
    "galaxy": ["a galaxy", "a spiral galaxy", "the milky way", "an andromeda galaxy"],
    "eclipse": ["an eclipse", "a solar eclipse", "a black sun", "a solar corona"],
    "ink": ["ink", "ink in water", "ink drops", "an ink cloud", "sinking ink"],
    "caustics": ["caustics", "water caustics", "pool light", "underwater light", "light through water"],
    "chrome": ["chrome", "liquid chrome", "mercury", "quicksilver", "chrome drops"],
    "smoke": ["smoke", "rising smoke", "wisps of smoke", "fog", "vapour"],
    "waves": ["waves", "the sea", "an ocean", "ocean waves", "moonlit water"],
    "plasma": ["plasma", "liquid plasma", "an oil slick", "a liquid light show", "psychedelic oil"],
    "jellyfish": ["a jellyfish", "jellyfish", "a medusa", "a floating jellyfish", "a sea jelly"],
    "flower": ["a flower", "a blossom", "petals", "a lotus", "a bloom"],
    "feather": ["a feather", "a plume", "a quill", "a bird feather"],
    "eye": ["an eye", "a staring eye", "an iris", "an eyeball", "a watching eye"],
    "coral": ["coral", "a coral", "branching coral", "a branching tree", "branches"],
    "butterfly": ["a butterfly", "a moth", "butterfly wings", "wings"],
    "tunnel": ["a tunnel", "an endless tunnel", "a wormhole", "a tube", "a round tunnel"],
    "arches": ["arches", "an archway", "vaulted arches", "a colonnade", "a cathedral"],
    "corridor": ["a corridor", "a hallway", "a passage", "a long hallway", "a square hall"],
    "terrain": ["a wireframe terrain", "wireframe mountains", "a terrain", "a landscape", "mountains"],
    "skyline": ["a skyline", "a city skyline", "a city at night", "skyscrapers", "city towers"],
    "sun": ["a synthwave sun", "a retro sun", "an outrun sun", "a striped sun", "a sun"],
    "rings": ["rings", "concentric rings", "circles", "concentric circles", "hoops"],
    "lattice": ["a lattice", "a grid", "a glowing grid", "a light grid", "crossed bars"],
    "voronoi": ["voronoi cells", "a voronoi pattern", "stained glass", "a mosaic", "cells"],
    "mandala": ["a mandala", "sacred geometry", "a rosette", "an ornament", "a round ornament"],
    "kaleidoscope": ["a kaleidoscope", "kaleidoscopic shards", "a kaleidoscope pattern", "mirrored shards"],
    "truchet": ["truchet tiles", "a truchet maze", "a maze", "a labyrinth", "winding tubes"],
    "fractal": ["a fractal", "a julia set", "a julia fractal", "fractal filigree", "a mandelbrot shape"],
    "spiral": ["a spiral", "a hypnotic spiral", "a swirl", "a vortex", "a whirl"],
    "checkerboard": ["a checkerboard", "a chessboard", "checker tiles", "op art squares", "checks"],
    "lasers": ["lasers", "laser beams", "a laser fan", "a laser show", "laser rays"],
    "lightning": ["lightning", "a lightning bolt", "a thunderbolt", "forked lightning", "an electric arc"],
    "neon": ["a neon sign", "neon tubes", "a neon tube", "fluorescent tubes", "a neon shape"],
    "spotlights": ["spotlights", "light cones", "stage lights", "cones of light", "searchlights"],
    "trails": ["light trails", "trails of light", "highway lights", "car light trails", "streaming tail lights"],
    "mirrorball": ["a mirror ball", "a disco ball", "a mirrorball", "a glitter ball", "a discoball"],
    "moire": ["a moiré", "moire", "a moire pattern", "moiré interference", "interference rings"],
    "halftone": ["halftone dots", "a halftone", "a dot screen", "print dots", "dots"],
    "scanlines": ["scanlines", "a crt screen", "a tube television", "an old television", "tv lines"],
    "glitch": ["a glitch", "a glitched signal", "datamosh blocks", "digital glitch", "a broken signal"],
    "circuit": ["a circuit", "a circuit board", "a microchip", "circuits", "a computer chip"],
    "equalizer": ["an equalizer", "spectrum bars", "an audio spectrum", "equaliser bars", "a sound meter"],
    "fire": ["fire", "flames", "a blaze", "an inferno", "burning flames"],
    "crystal": ["a crystal", "crystals", "a crystal cluster", "quartz", "a gemstone cluster"],
    "lava": ["molten metal", "lava", "magma", "molten rock", "molten rivers"],
    "dunes": ["dunes", "sand dunes", "a desert", "desert sand", "desert dunes"],
    "marble": ["marble", "veined marble", "a marble slab", "polished stone", "marble veins"],
    "bubbles": ["bubbles", "soap bubbles", "floating bubbles", "glass spheres", "orbs"],
}
PALETTE_WORDS = {
    "neon pink": ["neon pink", "hot pink", "pink", "magenta", "fuchsia"],
    "acid green": ["acid green", "toxic green", "lime", "lime green", "neon green"],
    "ice blue": ["ice blue", "icy blue", "pale blue", "frost blue", "icy"],
    "gold": ["gold", "golden", "amber", "honey gold"],
    "ultraviolet": ["ultraviolet", "violet", "purple", "deep violet", "uv"],
    "blood red": ["blood red", "red", "crimson", "deep red", "red and black"],
    "monochrome": ["monochrome", "black and white", "white", "grey", "silver"],
    "sunset": ["sunset", "sunset coloured", "orange and purple", "dusk coloured", "purple and orange"],
    "teal and orange": ["teal and orange", "orange and teal", "cinematic teal and orange", "turquoise and orange"],
    "rainbow": ["rainbow", "multicoloured", "prismatic", "iridescent", "spectral"],
    "cyan": ["cyan", "turquoise", "aqua", "teal", "neon cyan"],
    "magenta and cyan": ["magenta and cyan", "cyan and magenta", "cyberpunk", "pink and cyan"],
    "orange": ["orange", "tangerine", "burning orange", "neon orange"],
    "emerald": ["emerald", "green", "deep green", "jade", "emerald green"],
    "copper": ["copper", "bronze", "rust", "brown", "coppery"],
    "rose": ["rose", "pale pink", "blush", "rosy", "salmon pink"],
    "lavender": ["lavender", "lilac", "pale violet", "pale purple", "mauve"],
    "electric blue": ["electric blue", "blue", "deep blue", "cobalt", "ultramarine"],
    "yellow": ["yellow", "lemon", "lemon yellow", "neon yellow"],
    "crimson and gold": ["crimson and gold", "red and gold", "gold and crimson", "royal red and gold"],
    "blue and pink": ["blue and pink", "pink and blue", "vaporwave", "synthwave"],
    "purple and green": ["purple and green", "green and purple", "violet and acid green", "joker green and purple"],
    "red and blue": ["red and blue", "blue and red", "police red and blue", "anaglyph"],
    "mint": ["mint", "pale green", "mint green", "pastel green"],
}
# Each axis runs from 0 to 1; its words come in order, synonyms of one step together.
AXIS_WORDS = {
    "motion": [["calm", "still", "serene"], ["gentle", "slow", "drifting"], ["flowing", "restless", "moving"],
               ["rushing", "wild", "turbulent"], ["violent", "frantic", "raging"]],
    "density": [["sparse", "bare"], ["airy", "scattered", "loose"], ["layered", "filled"],
                ["busy", "crowded", "rich"], ["dense", "packed", "teeming"]],
    "light": [["dim", "dark", "faint"], ["low-lit", "subdued", "muted"], ["glowing", "lit"],
              ["bright", "radiant", "brilliant"], ["blinding", "overexposed", "dazzling"]],
    "edge": [["soft", "hazy"], ["smooth", "gentle-edged"], ["clear", "defined"], ["sharp", "crisp"],
             ["hard", "hard-edged"]],
}
FLAG_WORDS = {
    "symmetrical": ["symmetrical", "mirrored", "symmetric"],
    "off-centre": ["off-centre", "off centre", "to one side", "off-center"],
    "huge": ["huge", "giant", "massive", "enormous"],
    "tiny": ["tiny", "small", "miniature", "little"],
    "melting": ["melting", "dripping", "liquefying"],
    "grainy": ["grainy", "film grain", "noisy"],
    "close-up": ["close-up", "close up", "macro"],
    "blurred": ["blurred", "out of focus", "blurry", "defocused"],
    "minimal": ["minimal", "minimalist", "simple"],
}
ON_BLACK = ["on black", "on a black background", "in the dark", "against black", "on pure black", "in blackness"]

# {s} subject, {as} subject with its article, {p} palette, {m} some of the modifiers; what is left over follows.
TEMPLATES = [
    "{p} {s}", "{m} {p} {s}", "{p} {m} {s}", "{as}, {p}", "{s}, {p}", "{as} in {p}", "{s} in {p} light",
    "{as} in {p} light", "{m} {s} in {p}", "{m} {s}, {p}", "{as} of {p} light", "{p} light, {as}", "{p}, {s}",
    "{p}, {as}", "{m}, {p} {s}", "{p} {s}, {m}", "{s}, {m}, {p}", "{s} {m}, {p}", "{p} {s} {m}", "{s} glowing {p}",
    "{as} glowing {p}", "{as} lit {p}", "{s} lit in {p}", "show me {as} in {p}", "{p} {s} at night",
    "give me {m} {p} {s}", "{as} made of {p} light", "{s} with {p} colours", "{p} coloured {s}",
    "visuals of {p} {s}", "{m} visuals, {p} {s}", "now {p} {s}, {m}", "{s} and {p} haze", "{p} tones, {s}",
    "{m}, {as}, {p}", "everything {p}, {s}", "{s} turning {p}", "{as} bathed in {p}",
]
WITH_ARTICLE = {"{p} {s}", "{m} {p} {s}", "{p} {m} {s}", "{p} coloured {s}", "{m} {s}"}  # may start with "a"
SUBJECT_ONLY = ["{s}", "{as}", "{m} {s}", "{as}, {m}", "{s}, {m}", "show me {as}", "{m}, {s}", "{s} {m}",
                "visuals of {s}", "just {as}"]
PALETTE_ONLY = ["{p}", "{p} light", "in {p}", "{m} {p}", "{p}, {m}", "everything {p}", "{m} {p} light", "all {p}",
                "{p} colours", "{p} tones"]
# Said by people, meaning nothing here; none of them stands in the phrasings below that are held out.
STRAY_WORDS = """my our your this that very really quite so some any please like as if by from for it is are be was need see put
bring add use keep more less much many again slowly quickly suddenly always never here there behind before after
around into down left right front back wall room party music beat track drop energy vibe mood feeling dream
trance techno house futuristic ancient magical beautiful strange weird epic cool trippy detailed artistic photo
painting render wallpaper texture animation 4k hd style effect abstract portrait background foreground person
cat horse house guitar bread river love time world power human robot city's king paper window summer winter
thing something""".split()
# Never used in training: for measuring how well the model follows phrasings it has not seen.
HELD_OUT_TEMPLATES = [
    "{as} drenched in {p}", "a picture of {as} in {p} tones", "{p} colours over {as}", "let {as} glow {p}, {m}",
    "{m} {s} drawn with {p} light", "make {as} {p}", "i want {p} {s}, {m}", "{s} washed with {p} light, {m}",
    "{m} club visuals of {s} coloured {p}", "{p} everywhere, {as}",
]


FUNCTION_WORDS = set("a an the of in on and to at through with by for off out one up against".split())


def known_words():
    """Every word that means something here, for ../tokenizer/words.txt: `python words.py > ../tokenizer/words.txt`."""
    import re

    ladders = [step for steps in AXIS_WORDS.values() for step in steps]
    phrases = [p for group in (*SUBJECT_WORDS.values(), *PALETTE_WORDS.values(), *ladders, *FLAG_WORDS.values(), ON_BLACK)
               for p in group]
    return sorted({word for phrase in phrases for word in re.findall(r"\w+", phrase.lower())} - FUNCTION_WORDS)


def bare(phrase):
    """A noun phrase without its article."""
    for article in ("a ", "an ", "the "):
        if phrase.startswith(article):
            return phrase[len(article):]
    return phrase


def step(value, axis):
    """Which step of the ladder a value stands on."""
    n = len(AXIS_WORDS[axis])
    return min(n - 1, int(value * n))


def tidy(text):
    """Articles agree, no doubled or stray commas and spaces."""
    words = " ".join(text.replace(" ,", ",").split())
    while ",," in words:
        words = words.replace(",,", ",")
    return words.replace(", ,", ",").strip(" ,").replace(" ,", ",")


if __name__ == "__main__":
    print("\n".join(known_words()))
