namespace Pacs.Dicom.Parsing;

/// <summary>
/// Memory for inline values. Small ones share blocks; one that comes in pieces is collected here, and takes no more
/// memory than what has come (but for the first 64 KiB) however long it claims to be.
/// </summary>
internal sealed class ValueBuffer
{
    private const int BlockLength = 4096;
    private const int TrustedLength = 64 * 1024;

    private byte[] _block = [];
    private int _blockUsed;
    private byte[] _partial = [];
    private int _partialFilled;
    private int _partialLength;

    public bool IsCollecting { get; private set; }

    /// <summary>Bytes that the value still lacks.</summary>
    public int Missing => IsCollecting ? _partialLength - _partialFilled : 0;

    public Memory<byte> Store(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return default;
        if (value.Length > BlockLength / 4) return value.ToArray();
        if (value.Length > _block.Length - _blockUsed) (_block, _blockUsed) = (new byte[BlockLength], 0);
        var memory = _block.AsMemory(_blockUsed, value.Length);
        value.CopyTo(memory.Span);
        _blockUsed += value.Length;
        return memory;
    }

    public void BeginCollecting(int length)
    {
        (IsCollecting, _partialLength, _partialFilled) = (true, length, 0);
        _partial = new byte[Math.Min(length, TrustedLength)];
    }

    /// <summary>Takes what belongs to the value from the front of the bytes; true when it is whole.</summary>
    public bool Collect(ref ReadOnlySpan<byte> bytes, out Memory<byte> value)
    {
        var length = Math.Min(bytes.Length, _partialLength - _partialFilled);
        if (_partialFilled + length > _partial.Length)
            Array.Resize(ref _partial, (int)Math.Min(_partialLength, Math.Max(_partialFilled + length, _partial.Length * 2L)));
        bytes[..length].CopyTo(_partial.AsSpan(_partialFilled));
        bytes = bytes[length..];
        _partialFilled += length;
        if (_partialFilled < _partialLength)
        {
            value = default;
            return false;
        }
        (IsCollecting, value, _partial) = (false, _partial, []);
        return true;
    }
}
