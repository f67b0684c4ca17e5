using System.Buffers;
using System.Text;

namespace Pacs.Storage.Multipart;

/// <summary>
/// The delimiters of a multipart body (RFC 2046 §5.1.1), found in whatever of it has come so far:
/// <code>
/// [preamble CRLF] "--" boundary LWSP CRLF headers CRLF CRLF data CRLF "--" boundary … CRLF "--" boundary "--" [epilogue]
/// </code>
/// The line break before a delimiter belongs to the delimiter. A line that merely begins like one is data.
/// </summary>
internal sealed class MultipartFraming
{
    /// <summary>White space that a sender may put after a delimiter; more than this and the line is data.</summary>
    private const int MaxPadding = 64;

    private static readonly SearchValues<char> BoundaryCharacters =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=? ");

    private readonly byte[] _delimiter;

    /// <exception cref="MultipartException">The boundary is empty, longer than 70 characters, or has others than RFC 2046 allows.</exception>
    public MultipartFraming(string boundary)
    {
        if (boundary.Length is 0 or > 70 || boundary.AsSpan().ContainsAnyExcept(BoundaryCharacters) || boundary[^1] == ' ')
            throw new MultipartException("The boundary parameter of the Content-Type is not 1 to 70 characters of RFC 2046 §5.1.1.");
        _delimiter = Encoding.ASCII.GetBytes("\r\n--" + boundary);
    }

    /// <summary>How a search of the data ended.</summary>
    public enum Found
    {
        /// <summary>No delimiter yet; what is before the position is data for certain.</summary>
        Nothing,
        /// <summary>A delimiter, after which another part begins.</summary>
        Part,
        /// <summary>The closing delimiter.</summary>
        End,
    }

    /// <summary>Looks for the next delimiter.</summary>
    /// <param name="buffer">What has come so far.</param>
    /// <param name="atStart">The buffer begins where the body does: a delimiter there has no line break before it.</param>
    /// <param name="dataEnd">Where the data before the delimiter ends.</param>
    /// <param name="next">The first byte after the delimiter; same as <paramref name="dataEnd"/> when there is none.</param>
    public Found Find(in ReadOnlySequence<byte> buffer, bool atStart, out SequencePosition dataEnd, out SequencePosition next)
    {
        long from = 0;
        if (atStart)
        {
            switch (Classify(buffer, 0, _delimiter.AsSpan(2), out var after))
            {
                case Match.Partial:
                    dataEnd = next = buffer.Start;
                    return Found.Nothing;
                case Match.Yes:
                    dataEnd = buffer.Start;
                    next = buffer.GetPosition(Math.Abs(after));
                    return after < 0 ? Found.End : Found.Part;
            }
        }
        while (true)
        {
            from = IndexOf(buffer, from);
            if (from < 0)
            {
                dataEnd = next = buffer.GetPosition(Math.Max(0, buffer.Length - _delimiter.Length + 1));
                return Found.Nothing;
            }
            switch (Classify(buffer, from, _delimiter, out var after))
            {
                case Match.Yes:
                    dataEnd = buffer.GetPosition(from);
                    next = buffer.GetPosition(Math.Abs(after));
                    return after < 0 ? Found.End : Found.Part;
                case Match.Partial:
                    dataEnd = next = buffer.GetPosition(from);
                    return Found.Nothing;
            }
            from += 2;
        }
    }

    private enum Match { No, Partial, Yes }

    /// <summary>What stands at the offset: a whole delimiter line, one that may become whole, or none. <paramref name="after"/> is negative after a closing delimiter.</summary>
    private static Match Classify(in ReadOnlySequence<byte> buffer, long offset, ReadOnlySpan<byte> delimiter, out long after)
    {
        after = 0;
        Span<byte> window = stackalloc byte[delimiter.Length + MaxPadding + 2];
        var rest = buffer.Slice(offset);
        if (rest.Length > window.Length) rest = rest.Slice(0, window.Length);
        rest.CopyTo(window);
        window = window[..(int)rest.Length];

        if (window.Length < delimiter.Length) return delimiter.StartsWith(window) ? Match.Partial : Match.No;
        if (!window.StartsWith(delimiter)) return Match.No;
        var tail = window[delimiter.Length..];
        if (tail.StartsWith("--"u8))
        {
            after = -(offset + delimiter.Length + 2);
            return Match.Yes;
        }
        if (tail is [(byte)'-']) return Match.Partial;
        var padding = tail.IndexOfAnyExcept((byte)' ', (byte)'\t');
        if (padding < 0) return tail.Length < MaxPadding ? Match.Partial : Match.No;
        if (tail[padding..].StartsWith("\r\n"u8))
        {
            after = offset + delimiter.Length + padding + 2;
            return Match.Yes;
        }
        return tail[padding..] is [(byte)'\r'] && padding < MaxPadding ? Match.Partial : Match.No;
    }

    private long IndexOf(in ReadOnlySequence<byte> buffer, long from)
    {
        long offset = 0;
        Span<byte> seam = stackalloc byte[2 * (_delimiter.Length - 1)];
        var seamLength = 0;
        foreach (var memory in buffer)
        {
            var span = memory.Span;
            if (offset + span.Length <= from)
            {
                offset += span.Length;
                continue;
            }
            if (offset < from)
            {
                span = span[(int)(from - offset)..];
                offset = from;
            }
            var head = span[..Math.Min(span.Length, _delimiter.Length - 1)];
            head.CopyTo(seam[seamLength..]);
            var across = seam[..(seamLength + head.Length)].IndexOf(_delimiter);
            if (across >= 0) return offset - seamLength + across;
            var inside = span.IndexOf(_delimiter);
            if (inside >= 0) return offset + inside;

            // The last bytes seen, which a delimiter may begin with, are carried over the seam to the next segment.
            if (span.Length >= _delimiter.Length - 1)
            {
                span[^(_delimiter.Length - 1)..].CopyTo(seam);
                seamLength = _delimiter.Length - 1;
            }
            else
            {
                var total = seamLength + span.Length;
                var keep = Math.Min(total, _delimiter.Length - 1);
                seam.Slice(total - keep, keep).CopyTo(seam);
                seamLength = keep;
            }
            offset += span.Length;
        }
        return -1;
    }
}
