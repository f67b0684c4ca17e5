using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Parsing;

/// <summary>
/// Follows the structure of an encoded data set (PS3.5 §7.5, §A.4): from each header it tells what follows and where it
/// ends. Keeps its own stack, so that nesting costs no call depth. Values are the caller's to take or skip.
/// </summary>
internal sealed class DatasetTokenizer
{
    private static readonly Tag ItemTag = Tags.Item;
    private static readonly Tag ItemDelimitation = Tags.ItemDelimitationItem;
    private static readonly Tag SequenceDelimitation = Tags.SequenceDelimitationItem;

    private readonly DatasetLimits _limits;
    private readonly long _origin;
    private Level[] _levels = new Level[8];
    private int _top;
    private int _sequences;
    private int _count;

    /// <summary>Faults count their place from so many bytes before the first.</summary>
    public DatasetTokenizer(TransferSyntax syntax, DatasetLimits limits, long origin = 0)
    {
        (_limits, _origin) = (limits, origin);
        _levels[0] = new Level { Holds = Content.Elements, End = Level.Open, Limit = long.MaxValue, Encoding = ElementEncoding.Of(syntax) };
    }

    /// <summary>Bytes up to the end of the last token, its value included.</summary>
    public long Position { get; private set; }

    /// <summary>Sequences that are open.</summary>
    public int Depth => _sequences;

    /// <summary>Pixel Representation (0028,0103) of the data set or item being read is 1: decides what US or SS means in Implicit VR.</summary>
    public bool IsSigned
    {
        get => _levels[_top].IsSigned;
        set => _levels[_top].IsSigned = value;
    }

    /// <summary>Reads the header at the front of the bytes; false when more are needed (never more than 12).</summary>
    /// <exception cref="DicomFormatException">No header, or over a limit.</exception>
    public bool TryRead(ReadOnlySpan<byte> data, out Token token)
    {
        ref var level = ref _levels[_top];
        if (level.End == Position)
        {
            token = Close(0);
            return true;
        }
        token = default;
        if (Position + 8 > level.Limit) throw Fault("No room for another element before the end of the item or sequence around it.", level.Tag);
        if (data.Length < 8) return false;
        var encoding = level.Encoding;
        var tag = encoding.ReadTag(data);
        if (level.Holds != Content.Elements) token = ReadItem(tag, encoding.ReadUInt32(data[4..]), level);
        else if (tag.Group == ItemTag.Group) token = ReadItemEnd(tag, level);
        else if (!TryReadElement(data, tag, level, out token)) return false;
        if (++_count > _limits.MaxElements) throw Fault($"More than {_limits.MaxElements} elements and items.", tag);
        return true;
    }

    /// <summary>No more bytes will come.</summary>
    /// <exception cref="DicomFormatException">A sequence or item is not at its end.</exception>
    public void Complete()
    {
        if (_top > 0) throw Fault("The data set ends within a sequence.", _levels[_top].Tag);
    }

    /// <summary>A fault here – or so many bytes before, where these were announced and never came.</summary>
    public DicomFormatException Fault(string message, Tag? tag = null, long missing = 0) => new(message, _origin + Position - missing, tag);

    private bool TryReadElement(ReadOnlySpan<byte> data, Tag tag, in Level level, out Token token)
    {
        token = default;
        var encoding = level.Encoding;
        Vr vr;
        uint length;
        var headerLength = 8;
        if (!encoding.IsExplicitVr)
        {
            vr = DataElementDictionary.VrOf(tag, level.IsSigned);
            length = encoding.ReadUInt32(data[4..]);
            // Nothing but a sequence or encapsulated pixel data can have an undefined length.
            if (length == ElementEncoding.UndefinedLength && !IsPixelData(tag)) vr = Vr.SQ;
        }
        else
        {
            vr = (Vr)((data[4] << 8) | data[5]);
            if (vr.HasLongLength)
            {
                headerLength = 12;
                if (data.Length < headerLength) return false;
                length = encoding.ReadUInt32(data[8..]);
            }
            else
            {
                length = encoding.ReadUInt16(data[6..]);
            }
        }

        var kind = TokenKind.Value;
        if (vr == Vr.SQ || (length == ElementEncoding.UndefinedLength && vr == Vr.UN && !IsPixelData(tag))) kind = TokenKind.Sequence;
        else if (length == ElementEncoding.UndefinedLength) kind = TokenKind.Fragments;

        token = new Token(kind, tag, vr, length, headerLength, encoding);
        var end = Take(headerLength, length, level, tag);
        if (kind == TokenKind.Value)
        {
            Position = end;
        }
        else if (kind == TokenKind.Fragments)
        {
            if (vr is not (Vr.OB or Vr.OW or Vr.UN or Vr.OF or Vr.OD or Vr.OL or Vr.OV)) throw Fault($"A value of VR {vr.Code} cannot have an undefined length.", tag);
            Position += headerLength;
            Push(Content.Fragments, tag, vr, Level.Open, encoding);
        }
        else
        {
            if (++_sequences > _limits.MaxDepth) throw Fault($"Sequences nested more than {_limits.MaxDepth} deep.", tag);
            Position += headerLength;
            Push(Content.Items, tag, vr, end, vr == Vr.UN ? ElementEncoding.ImplicitLittleEndian : encoding);
        }
        return true;
    }

    private Token ReadItem(Tag tag, uint length, in Level level)
    {
        if (tag == SequenceDelimitation) return Close(8);
        if (tag != ItemTag) throw Fault($"Found {tag} where an item should be.", level.Tag);
        if (level.Holds == Content.Fragments)
        {
            if (length == ElementEncoding.UndefinedLength) throw Fault("A fragment must have a length.", level.Tag);
            Position = Take(8, length, level, level.Tag);
            return new Token(TokenKind.Fragment, level.Tag, level.Vr, length, 8, level.Encoding);
        }
        var token = new Token(TokenKind.Item, level.Tag, level.Vr, length, 8, level.Encoding);
        Position += 8;
        // An item that claims more than its sequence has is read as far as the sequence goes: such files are about.
        Push(Content.Elements, level.Tag, level.Vr, token.HasUndefinedLength ? Level.Open : Math.Min(Position + length, level.Limit), level.Encoding);
        return token;
    }

    private Token ReadItemEnd(Tag tag, in Level level)
    {
        if (tag != ItemDelimitation || _top == 0) throw Fault($"Found {tag} where an element should be.", _top > 0 ? level.Tag : null);
        return Close(8);
    }

    /// <summary>Where the value ends, if it is within what surrounds it.</summary>
    private long Take(int headerLength, uint length, in Level level, Tag tag)
    {
        if (length == ElementEncoding.UndefinedLength) return Level.Open;
        var end = Position + headerLength + length;
        if (end > level.Limit) throw Fault($"A length of {length} reaches past the end of the item or sequence around it.", tag);
        return end;
    }

    private Token Close(int headerLength)
    {
        ref var level = ref _levels[_top--];
        Position += headerLength;
        var kind = level.Holds switch
        {
            Content.Elements => TokenKind.ItemEnd,
            Content.Items => TokenKind.SequenceEnd,
            _ => TokenKind.FragmentsEnd,
        };
        if (kind == TokenKind.SequenceEnd) _sequences--;
        return new Token(kind, level.Tag, level.Vr, 0, headerLength, level.Encoding);
    }

    private void Push(Content holds, Tag tag, Vr vr, long end, ElementEncoding encoding)
    {
        var (limit, isSigned) = (_levels[_top].Limit, _levels[_top].IsSigned);
        if (++_top == _levels.Length) Array.Resize(ref _levels, _levels.Length * 2);
        _levels[_top] = new Level { Holds = holds, Tag = tag, Vr = vr, End = end, Limit = end == Level.Open ? limit : end, Encoding = encoding, IsSigned = isSigned };
    }

    private static bool IsPixelData(Tag tag) => tag == Tags.PixelData;

    private enum Content : byte { Elements, Items, Fragments }

    private struct Level
    {
        public const long Open = -1;

        public Content Holds;
        public bool IsSigned;
        public ElementEncoding Encoding;
        public Vr Vr;
        public Tag Tag;

        /// <summary>Where it ends by its length; <see cref="Open"/> when a delimiter ends it.</summary>
        public long End;

        /// <summary>Where the nearest of it and those around it ends by its length.</summary>
        public long Limit;
    }
}
