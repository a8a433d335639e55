"""A photo made anew as JPEG: upright, small enough to be looked at, without place, camera or anything appended."""

import io

from pi_heif import register_heif_opener
from PIL import Image, ImageOps

from projects.cleaning import Made, Unfit

# A camera of 48 or 50 megapixels passes. Decoding that many takes about half a gigabyte, which the process has.
MOST_PIXELS = 51_000_000
# A paper photographed whole can still be read at this many pixels along its longer side, and fits into a megabyte.
LONG_SIDE = 3200
QUALITY = 85
THUMBNAIL_SIDE = 360  # twice what a list shows, for screens with small pixels
THUMBNAIL_QUALITY = 75
# Decoders for everything else that Pillow reads stay out of reach.
FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
WHITE = (255, 255, 255)

register_heif_opener()


def made_anew(content: bytes) -> Made:
    """The photo and its thumbnail. Raises Unfit where it can't be decoded, moves, or has too many pixels."""
    try:
        photo = _upright(_opened(content))
        width, height = photo.size
        large = _jpeg(photo, QUALITY)
        photo.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
        return Made(content=large, thumbnail=_jpeg(photo, THUMBNAIL_QUALITY), width=width, height=height)
    except Image.DecompressionBombError as error:
        raise Unfit("too_many_pixels", most=MOST_PIXELS // 1_000_000) from error
    except MemoryError as error:
        raise Unfit("too_heavy") from error
    except Unfit:
        raise
    except Exception as error:  # decoders raise whatever they trip over
        raise Unfit("damaged") from error


def _opened(content: bytes) -> Image.Image:
    """The picture, its size known and its pixels not yet decoded."""
    photo = Image.open(io.BytesIO(content), formats=FORMATS)
    width, height = photo.size
    if width * height > MOST_PIXELS:
        raise Unfit("too_many_pixels", width=width, height=height, most=MOST_PIXELS // 1_000_000)
    # A phone may keep a depth map or a second view beside the picture (MPO, HEIF): the first is the photo. PNG and
    # WebP move, and a still of something that moves would not be what was sent.
    if photo.format in ("PNG", "WEBP") and getattr(photo, "n_frames", 1) > 1:
        raise Unfit("moves")
    return photo


def _upright(photo: Image.Image) -> Image.Image:
    """Its pixels as a person sees them, made smaller first, so that no second copy of all of them is needed."""
    photo.draft("RGB", (LONG_SIDE, LONG_SIDE))  # of JPEG, decodes only as many as are kept
    photo.load()
    orientation = photo.getexif().get(0x0112)
    seen = _opaque(photo)
    seen.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    seen.info.clear()
    exif = seen.getexif()
    exif.clear()
    if orientation:
        exif[0x0112] = orientation
    return ImageOps.exif_transpose(seen)


def _opaque(photo: Image.Image) -> Image.Image:
    """In plain colours; what can be seen through stands on white."""
    if photo.mode in ("RGBA", "LA", "PA") or "transparency" in photo.info:
        clear = photo.convert("RGBA")
        ground = Image.new("RGB", clear.size, WHITE)
        ground.paste(clear, mask=clear.getchannel("A"))
        return ground
    if photo.mode.startswith("I"):  # sixteen bits of grey
        return photo.convert("I").point(lambda value: value / 256).convert("L").convert("RGB")
    return photo.convert("RGB")


def _jpeg(photo: Image.Image, quality: int) -> bytes:
    """Encoded from the pixels alone: what a decoder found beside them is not handed on."""
    plain = Image.new("RGB", photo.size)
    plain.paste(photo)
    file = io.BytesIO()
    plain.save(file, "JPEG", quality=quality, progressive=True, optimize=True)
    return file.getvalue()
