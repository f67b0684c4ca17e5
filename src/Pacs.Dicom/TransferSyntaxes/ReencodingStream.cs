using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.TransferSyntaxes;

/// <summary>Reads a data set in one encoding and gives it in another, a buffer at a time.</summary>
internal sealed class ReencodingStream : PullStream
{
    private const int BufferLength = 64 * 1024;
    private const int LargestUnit = 8;

    private readonly Stream _source;
    private readonly DatasetTokenizer _tokenizer;
    private readonly Stack<Level> _levels = new();
    private readonly Vr? _unknown;

    private readonly byte[] _input = new byte[BufferLength];
    private int _inputBegin, _inputEnd;
    private bool _isSourceAtEnd;

    private readonly byte[] _output = new byte[BufferLength];
    private int _outputBegin, _outputEnd;
    private bool _isFinished;

    private long _valueLeft;
    private bool _isValueDropped;
    private Vr _swapAs;
    private Tag _tag;

    /// <summary>An open sequence, item or run of fragments in the output.</summary>
    /// <param name="Encoding">Of what is inside.</param>
    /// <param name="IsDelimited">Ends with a delimitation item.</param>
    private readonly record struct Level(ElementEncoding Encoding, bool IsDelimited);

    /// <param name="source">To read from.</param>
    /// <param name="from">Of the source.</param>
    /// <param name="to">Of the result.</param>
    /// <param name="unknown">What becomes of values whose VR the standard does not know; null to leave it.</param>
    public ReencodingStream(Stream source, TransferSyntax from, ElementEncoding to, Vr? unknown = null)
    {
        (_source, _unknown) = (source, unknown);
        _tokenizer = new DatasetTokenizer(from, DatasetLimits.Default with { MaxElements = int.MaxValue });
        _levels.Push(new Level(to, false));
    }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        while (_outputBegin == _outputEnd && !_isFinished)
        {
            (_outputBegin, _outputEnd) = (0, 0);
            Fill();
        }
        var length = Math.Min(buffer.Length, _outputEnd - _outputBegin);
        _output.AsSpan(_outputBegin, length).CopyTo(buffer);
        _outputBegin += length;
        return length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _source.Dispose();
        base.Dispose(disposing);
    }

    private Span<byte> Room => _output.AsSpan(_outputEnd);

    private void Fill()
    {
        while (Room.Length >= ElementEncoding.MaxHeaderLength + LargestUnit && !_isFinished)
        {
            if (_valueLeft > 0) CopyValue();
            else ReadToken();
        }
    }

    private void ReadToken()
    {
        Token token;
        while (!_tokenizer.TryRead(_input.AsSpan(_inputBegin, _inputEnd - _inputBegin), out token))
        {
            if (TryReadSource()) continue;
            if (_inputBegin < _inputEnd) throw _tokenizer.Fault("The data set ends within the header of an element.");
            _tokenizer.Complete();
            _isFinished = true;
            return;
        }
        _inputBegin += token.HeaderLength;
        _tag = token.Tag;
        Write(token);
    }

    private void Write(in Token token)
    {
        var to = _levels.Peek().Encoding;
        var keepsLengths = token.Encoding.IsExplicitVr == to.IsExplicitVr && _unknown is null;
        switch (token.Kind)
        {
            case TokenKind.Value:
                BeginValue(token, to, keepsLengths);
                break;
            case TokenKind.Sequence:
                var content = token.Vr == Vr.UN ? ElementEncoding.ImplicitLittleEndian : to;
                _outputEnd += to.WriteHeader(Room, token.Tag, token.Vr, Open(token, content, keepsLengths));
                break;
            case TokenKind.Item:
                _outputEnd += to.WriteItemHeader(Room, Tags.Item, Open(token, to, keepsLengths));
                break;
            case TokenKind.Fragments:
                _outputEnd += to.WriteHeader(Room, token.Tag, token.Vr, Open(token, to, keepsLengths));
                break;
            case TokenKind.Fragment:
                _outputEnd += to.WriteItemHeader(Room, Tags.Item, token.Length);
                (_valueLeft, _isValueDropped, _swapAs) = (token.Length, false, Vr.OB);
                break;
            case TokenKind.ItemEnd:
                Close(token, Tags.ItemDelimitationItem);
                break;
            default:
                Close(token, Tags.SequenceDelimitationItem);
                break;
        }
    }

    /// <summary>Returns the length to write.</summary>
    private uint Open(in Token token, ElementEncoding content, bool keepsLengths)
    {
        // In Implicit VR an undefined length is what shows that a private element is a sequence, even one without items.
        var isDelimited = token.HasUndefinedLength || (!keepsLengths && (token.Length > 0 || token.Kind == TokenKind.Sequence));
        _levels.Push(new Level(content, isDelimited));
        return isDelimited ? ElementEncoding.UndefinedLength : token.Length;
    }

    private void Close(in Token token, Tag delimitation)
    {
        var level = _levels.Pop();
        // A delimiter that was there although the length was stated is counted in that length.
        if (level.IsDelimited || token.HeaderLength > 0) _outputEnd += level.Encoding.WriteItemHeader(Room, delimitation, 0);
    }

    private void BeginValue(in Token token, ElementEncoding to, bool keepsLengths)
    {
        (_valueLeft, _isValueDropped) = (token.Length, token.Tag.IsGroupLength && !keepsLengths);
        if (_isValueDropped) return;
        var vr = to.Fit(token.Vr, token.Length);
        if (_unknown is { } unknown && (vr == Vr.UN || !vr.IsKnown)) vr = unknown;
        _swapAs = token.Encoding.IsBigEndian == to.IsBigEndian ? Vr.OB : vr;
        _outputEnd += to.WriteHeader(Room, token.Tag, vr, token.Length);
        if (token.Tag == Tags.PixelRepresentation && !token.Encoding.IsExplicitVr && token.Length > 0 && HasInput(1))
            _tokenizer.IsSigned = (_input[_inputBegin] & 1) != 0;
    }

    private void CopyValue()
    {
        var wanted = (int)Math.Min(_valueLeft, LargestUnit);
        if (!HasInput(wanted)) throw _tokenizer.Fault("The data set ends within a value.", _tag);
        var length = (int)Math.Min(_valueLeft, Math.Min(_inputEnd - _inputBegin, Room.Length));
        // A unit must not be torn between two rounds; the last bytes of an incomplete one go as they are.
        if (length < _valueLeft) length -= length % LargestUnit;
        var value = _input.AsSpan(_inputBegin, length);
        _inputBegin += length;
        _valueLeft -= length;
        if (_isValueDropped) return;
        value.CopyTo(Room);
        ElementEncoding.SwapUnits(Room[..length], _swapAs);
        _outputEnd += length;
    }

    private bool HasInput(int length)
    {
        while (_inputEnd - _inputBegin < length)
        {
            if (!TryReadSource()) return false;
        }
        return true;
    }

    private bool TryReadSource()
    {
        if (_isSourceAtEnd) return false;
        if (_inputBegin > 0)
        {
            _input.AsSpan(_inputBegin, _inputEnd - _inputBegin).CopyTo(_input);
            (_inputBegin, _inputEnd) = (0, _inputEnd - _inputBegin);
        }
        var read = _source.Read(_input.AsSpan(_inputEnd));
        _inputEnd += read;
        _isSourceAtEnd = read == 0;
        return read > 0;
    }
}
