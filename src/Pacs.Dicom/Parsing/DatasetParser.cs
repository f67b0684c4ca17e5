using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Parsing;

/// <summary>
/// Reads a data set that comes in pieces of any size. Holds what is small, skips bulk by length, keeps at most one
/// incomplete element between calls. Offsets in the result count bytes of the encoded (inflated, if deflated) data set.
/// </summary>
public sealed class DatasetParser : IDisposable
{
    private const int MaxTopLevelElements = 200_000;
    private const int MaxOffsetTableLength = 16 * 1024 * 1024;

    private readonly DatasetLimits _limits;
    private readonly DatasetTokenizer _tokenizer;
    private readonly ValueBuffer _values = new();
    private readonly PushInflater? _inflater;
    private readonly byte[] _header = new byte[ElementEncoding.MaxHeaderLength];
    private readonly Stack<(DicomDataset Dataset, Token Sequence, List<DicomDataset> Items)> _open = new();

    private DicomDataset _dataset = new();
    private Token _token;
    private int _headerLength;
    private long _toSkip;
    private long _inlineTotal;
    private int _nestedElements;
    private long _nestedLength;
    private long _inflatedLength;
    private long _encapsulatedOffset;
    private List<ReadOnlyMemory<byte>>? _keptFragments;
    private FragmentList? _fragments;
    private bool _isPixelDataOpen;
    private Exception? _fault;

    /// <param name="transferSyntax">What the data set is encoded in.</param>
    /// <param name="limits">What is taken; null for <see cref="DatasetLimits.Default"/>.</param>
    /// <param name="origin">Bytes of the file before the data set, so that faults tell their place in the file. Default 0. Those of a deflated data set count inflated bytes from its beginning in any case.</param>
    public DatasetParser(TransferSyntax transferSyntax, DatasetLimits? limits = null, long origin = 0)
    {
        _limits = limits ?? DatasetLimits.Default;
        _tokenizer = new DatasetTokenizer(transferSyntax, _limits, transferSyntax.IsDeflated ? 0 : origin);
        if (transferSyntax.IsDeflated) _inflater = new PushInflater();
    }

    /// <summary>The fragments of top-level encapsulated pixel data seen so far: value offset and length, Basic Offset Table first.</summary>
    public IReadOnlyList<(long Offset, uint Length)> Fragments => _fragments ?? (IReadOnlyList<(long, uint)>)[];

    /// <summary>The value of the Basic Offset Table of top-level encapsulated pixel data; empty when it is, or is longer than 16 MiB.</summary>
    public ReadOnlyMemory<byte> BasicOffsetTable { get; private set; }

    /// <summary>The limits have left out items of sequences: what is kept of the data set itself is whole.</summary>
    public bool IsAbridged { get; private set; }

    /// <summary>Takes the next bytes. After a fault every further call throws the same.</summary>
    /// <exception cref="DicomFormatException">Not a data set in this transfer syntax, or over a limit.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_fault is not null) throw _fault;
        try
        {
            if (_inflater is null) Consume(bytes);
            else AppendDeflated(bytes);
        }
        catch (Exception fault)
        {
            Keep(fault);
            throw;
        }
    }

    /// <summary>Leaves out bytes that <see cref="Append"/> would only skip, so that who can seek need not read bulk data.</summary>
    /// <param name="available">How many there are to leave out.</param>
    /// <returns>How many were left out: 0 when the next byte matters.</returns>
    public long Skip(long available)
    {
        if (_inflater is not null || _fault is not null) return 0;
        var skipped = Math.Min(_toSkip, available);
        _toSkip -= skipped;
        return skipped;
    }

    /// <summary>No more bytes: the data set, if it ends where an element ends.</summary>
    /// <exception cref="DicomFormatException">It ends within an element.</exception>
    public DicomDataset Complete()
    {
        if (_fault is not null) throw _fault;
        try
        {
            if (_inflater is { IsFinished: false }) throw _tokenizer.Fault("The deflated data set ends before its end is marked.");
            Consume([]);
            if (_toSkip > 0 || _values.IsCollecting) throw _tokenizer.Fault("The data set ends within a value.", _token.Tag, _toSkip + _values.Missing);
            if (_headerLength > 0) throw _tokenizer.Fault("The data set ends within the header of an element.");
            _tokenizer.Complete();
        }
        catch (Exception fault)
        {
            Keep(fault);
            throw;
        }
        Dispose();
        return _dataset;
    }

    /// <summary>Frees the inflater of a deflated data set; not needed after <see cref="Complete"/> or a fault.</summary>
    public void Dispose() => _inflater?.Dispose();

    private void Keep(Exception fault)
    {
        _fault = fault;
        Dispose();
    }

    private void AppendDeflated(ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (_inflater!.Inflate(ref bytes) is { IsEmpty: false } inflated)
            {
                _inflatedLength += inflated.Length;
                if (_inflatedLength > _limits.MaxInflatedLength)
                    throw _tokenizer.Fault($"The deflated data set inflates to more than {_limits.MaxInflatedLength} bytes.");
                Consume(inflated);
            }
        }
        catch (InvalidDataException)
        {
            throw _tokenizer.Fault("The deflated data set cannot be inflated.");
        }
    }

    private void Consume(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            if (_toSkip > 0)
            {
                var length = (int)Math.Min(_toSkip, bytes.Length);
                bytes = bytes[length..];
                _toSkip -= length;
                if (_toSkip > 0) return;
            }
            if (_values.IsCollecting)
            {
                if (!_values.Collect(ref bytes, out var value)) return;
                Add(value);
            }
            if (!TryReadToken(ref bytes)) return;
            Handle(ref bytes);
        }
    }

    private bool TryReadToken(ref ReadOnlySpan<byte> bytes)
    {
        if (_headerLength == 0)
        {
            if (_tokenizer.TryRead(bytes, out _token))
            {
                bytes = bytes[_token.HeaderLength..];
                return true;
            }
            bytes.CopyTo(_header);
            _headerLength = bytes.Length;
            return false;
        }
        var added = Math.Min(bytes.Length, _header.Length - _headerLength);
        bytes[..added].CopyTo(_header.AsSpan(_headerLength));
        if (_tokenizer.TryRead(_header.AsSpan(0, _headerLength + added), out _token))
        {
            bytes = bytes[(_token.HeaderLength - _headerLength)..];
            _headerLength = 0;
            return true;
        }
        _headerLength += added;
        return false;
    }

    private void Handle(ref ReadOnlySpan<byte> bytes)
    {
        if (_tokenizer.Depth > 0 && ++_nestedElements > _limits.MaxNestedElements) IsAbridged = true;
        if (_tokenizer.Depth == 0 && _dataset.Count >= MaxTopLevelElements) throw _tokenizer.Fault($"More than {MaxTopLevelElements} elements outside of sequences.", _token.Tag);
        switch (_token.Kind)
        {
            case TokenKind.Value:
                BeginValue(ref bytes);
                break;
            case TokenKind.Sequence:
                _open.Push((_dataset, _token, []));
                break;
            case TokenKind.Item:
                _dataset = new DicomDataset { HasUndefinedLength = _token.HasUndefinedLength };
                break;
            case TokenKind.ItemEnd:
                if (!IsAbridged) _open.Peek().Items.Add(_dataset);
                break;
            case TokenKind.SequenceEnd:
                (_dataset, var sequence, var items) = _open.Pop();
                _dataset.Append(new SequenceElement(sequence.Tag, items, sequence.HasUndefinedLength, sequence.Vr));
                break;
            case TokenKind.Fragments:
                BeginFragments();
                break;
            case TokenKind.Fragment:
                BeginFragment(ref bytes);
                break;
            case TokenKind.FragmentsEnd:
                EndFragments();
                break;
        }
    }

    private void BeginValue(ref ReadOnlySpan<byte> bytes)
    {
        if (_tokenizer.Depth > 0)
        {
            if (StaysInline(_token) && (_nestedLength += _token.Length) > _limits.MaxNestedLength) IsAbridged = true;
            if (IsAbridged)
            {
                _toSkip = _token.Length;
                return;
            }
        }
        if (StaysInline(_token))
        {
            Take(ref bytes);
            return;
        }
        _dataset.Append(new BulkElement(_token.Tag, _token.Vr, _tokenizer.Position - _token.Length, _token.Length, isEncapsulated: false));
        _toSkip = _token.Length;
    }

    private bool StaysInline(in Token token)
    {
        if (_limits.KeepBulkData) return true;
        // A document is a file of its own: whoever shows it asks for it by address, however short it is.
        if (_tokenizer.Depth == 0 && token.Tag == Tags.EncapsulatedDocument) return false;
        if (_tokenizer.Depth == 0 && token.Tag.Group == Tags.PixelData.Group)
        {
            if (token.Tag == Tags.PixelData || token.Tag == Tags.FloatPixelData || token.Tag == Tags.DoubleFloatPixelData) return false;
            // Frames cannot be found without it.
            if (token.Tag == Tags.ExtendedOffsetTable || token.Tag == Tags.ExtendedOffsetTableLengths) return token.Length <= MaxOffsetTableLength;
        }
        return token.Length <= _limits.MaxInlineValueLength;
    }

    private void BeginFragments()
    {
        _isPixelDataOpen = _tokenizer.Depth == 0 && _token.Tag == Tags.PixelData;
        _encapsulatedOffset = _tokenizer.Position;
        if (_isPixelDataOpen) _fragments = new FragmentList(_encapsulatedOffset);
        if (_limits.KeepBulkData) _keptFragments = [];
    }

    private void BeginFragment(ref ReadOnlySpan<byte> bytes)
    {
        if (_isPixelDataOpen) _fragments!.Add(_token.Length);
        if (_limits.KeepBulkData || IsBasicOffsetTable) Take(ref bytes);
        else _toSkip = _token.Length;
    }

    private bool IsBasicOffsetTable => _isPixelDataOpen && _fragments!.Count == 1 && _token.Length <= MaxOffsetTableLength;

    private void EndFragments()
    {
        if (_keptFragments is not null) _dataset.Append(new FragmentsElement(_token.Tag, _token.Vr, _keptFragments));
        else _dataset.Append(new BulkElement(_token.Tag, _token.Vr, _encapsulatedOffset, _tokenizer.Position - _encapsulatedOffset, isEncapsulated: true));
        (_keptFragments, _isPixelDataOpen) = (null, false);
    }

    private void Take(ref ReadOnlySpan<byte> bytes)
    {
        _inlineTotal += _token.Length;
        if (_inlineTotal > _limits.MaxInlineTotal || _token.Length > Array.MaxLength)
            throw _tokenizer.Fault($"Values to hold in memory exceed {_limits.MaxInlineTotal} bytes.", _token.Tag);
        var length = (int)_token.Length;
        if (bytes.Length < length)
        {
            _values.BeginCollecting(length);
            return;
        }
        Add(_values.Store(bytes[..length]));
        bytes = bytes[length..];
    }

    private void Add(Memory<byte> value)
    {
        if (_token.Encoding.IsBigEndian) ElementEncoding.SwapUnits(value.Span, _token.Vr);
        if (_token.Kind == TokenKind.Fragment)
        {
            if (IsBasicOffsetTable) BasicOffsetTable = value;
            _keptFragments?.Add(value);
            return;
        }
        if (_token.Tag == Tags.PixelRepresentation && value.Length >= 1) _tokenizer.IsSigned = (value.Span[0] & 1) != 0;
        _dataset.Append(new ValueElement(_token.Tag, _token.Vr, value));
    }
}
