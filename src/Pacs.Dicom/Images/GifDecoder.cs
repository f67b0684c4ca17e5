namespace Pacs.Dicom.Images;

/// <summary>LZW as GIF has it: codes of growing length, the least significant bit first, in sub-blocks of up to 255 bytes.</summary>
/// <param name="codeSize">Bits of an index.</param>
/// <param name="next">The next byte of the file.</param>
internal sealed class GifDecoder(int codeSize, Func<int> next)
{
    private const int MaxBits = 12;

    private readonly int _clear = codeSize is >= 1 and <= 8 ? 1 << codeSize : throw new ImageFormatException("The GIF image has a code size that there is not.");
    private readonly short[] _prefix = new short[1 << MaxBits];
    private readonly byte[] _suffix = new byte[1 << MaxBits];
    private readonly byte[] _stack = new byte[(1 << MaxBits) + 1];
    private int _depth;
    private int _bits = codeSize + 1;
    private int _free = (1 << codeSize) + 2;
    private int _previous = -1;
    private int _first;
    private int _window;
    private int _windowBits;
    private int _blockLeft;
    private bool _hasEnded;
    private bool _blocksEnded;

    /// <summary>Fills the line; false when the data ended before.</summary>
    public bool Read(Span<byte> line)
    {
        for (var i = 0; i < line.Length; i++)
        {
            if (_depth == 0 && !Decode())
            {
                line[i..].Clear();
                return i > 0;
            }
            line[i] = _stack[--_depth];
        }
        return true;
    }

    /// <summary>Moves on to what follows the picture.</summary>
    public void SkipRest()
    {
        while (!_blocksEnded) BlockByte();
    }

    /// <summary>Puts the indices of the next code on the stack.</summary>
    private bool Decode()
    {
        while (!_hasEnded)
        {
            var code = Code();
            if (code < 0 || code == _clear + 1) break;
            if (code == _clear)
            {
                (_bits, _free, _previous) = (codeSize + 1, _clear + 2, -1);
                continue;
            }
            if (code > _free || (code == _free && _previous < 0)) throw new ImageFormatException("The image data of the GIF image is broken.");
            var walk = code;
            if (code == _free)
            {
                _stack[_depth++] = (byte)_first;
                walk = _previous;
            }
            for (; walk >= _clear + 2; walk = _prefix[walk]) _stack[_depth++] = _suffix[walk];
            _first = walk;
            _stack[_depth++] = (byte)walk;
            if (_previous >= 0 && _free < 1 << MaxBits)
            {
                (_prefix[_free], _suffix[_free]) = ((short)_previous, (byte)_first);
                if (++_free == 1 << _bits && _bits < MaxBits) _bits++;
            }
            _previous = code;
            return true;
        }
        _hasEnded = true;
        return false;
    }

    private int Code()
    {
        while (_windowBits < _bits)
        {
            var value = BlockByte();
            if (value < 0) return -1;
            _window |= value << _windowBits;
            _windowBits += 8;
        }
        var code = _window & ((1 << _bits) - 1);
        (_window, _windowBits) = (_window >> _bits, _windowBits - _bits);
        return code;
    }

    private int BlockByte()
    {
        if (_blocksEnded) return -1;
        if (_blockLeft == 0)
        {
            _blockLeft = next();
            if (_blockLeft == 0)
            {
                _blocksEnded = true;
                return -1;
            }
        }
        _blockLeft--;
        return next();
    }
}
