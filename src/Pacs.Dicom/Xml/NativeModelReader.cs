using System.Buffers;
using System.Globalization;
using System.Text;
using System.Xml;
using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Xml;

/// <summary>
/// Reads the Native DICOM Model (PS3.19 §A.1). Text is taken piece by piece, so that no value is in memory before it has been
/// held against the limits; only what is markup is XmlReader's, bounded by the characters of the document.
/// </summary>
internal sealed class NativeModelReader
{
    /// <summary>Characters of markup for each byte of values that are allowed, and as many as any small data set needs.</summary>
    private const int MarkupPerByte = 4, MarkupAnyway = 1 << 20;

    /// <summary>Characters of a value, and bytes of a binary one, in hand at a time.</summary>
    private const int Chunk = 4096;

    /// <summary>Characters of a number: more than any needs.</summary>
    private const int MaxNumber = 64;

    private readonly XmlReader _xml;
    private readonly bool _keepsReferences;
    private readonly DatasetLimits _limits;
    private readonly char[] _chars = new char[Chunk];
    private readonly byte[] _bytes = new byte[Chunk];
    private long _elements;
    private long _spent;
    private int _depth;
    private Tag _tag;

    private NativeModelReader(XmlReader xml, bool keepBulkDataUris, DatasetLimits limits) => (_xml, _keepsReferences, _limits) = (xml, keepBulkDataUris, limits);

    public static DicomDataset Read(Stream input, bool keepBulkDataUris, DatasetLimits limits)
    {
        using var xml = XmlReader.Create(input, new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            MaxCharactersInDocument = limits.MaxInlineTotal * MarkupPerByte + MarkupAnyway,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            CloseInput = false,
        });
        var reader = new NativeModelReader(xml, keepBulkDataUris, limits);
        try
        {
            return reader.ReadDocument();
        }
        catch (XmlException e) when (e is not ModelException)
        {
            // What the parser says of ill-formed text may quote it.
            throw reader.Fault("This is not well-formed XML, or longer than is taken");
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or OverflowException or ArgumentException)
        {
            throw reader.Fault("A value does not fit its value representation");
        }
    }

    private DicomDataset ReadDocument()
    {
        if (_xml.MoveToContent() != XmlNodeType.Element || _xml.LocalName != "NativeDicomModel") throw Fault("The document element is not NativeDicomModel");
        var dataset = ReadDataset();
        while (_xml.Read())
        {
            // Reads on to the end, so that whatever is wrong there is found.
        }
        return dataset;
    }

    /// <summary>The attributes within the current element.</summary>
    private DicomDataset ReadDataset()
    {
        var dataset = new DicomDataset();
        var needs = false;
        List<(ushort Group, byte Element, string Creator, DicomElement Value)>? shortened = null;
        foreach (var name in Children())
        {
            if (name != "DicomAttribute") throw Fault("A data set has DicomAttribute elements only");
            if (!Tag.TryParseHex(_xml.GetAttribute("tag"), out var tag)) throw Fault("An attribute's tag is not eight hexadecimal digits");
            _tag = tag;
            Count();
            var vr = ReadVr(tag);
            var creator = tag.IsPrivate && _xml.GetAttribute("privateCreator")?.Trim(' ') is { Length: > 0 } text ? text : null;
            needs |= creator is not null && !Ascii.IsValid(creator);
            var element = ReadElement(tag, vr, ref needs);
            _tag = tag;
            if (creator is not null && tag.Element <= 0xFF)
            {
                // Which block the creator has may be told later.
                (shortened ??= []).Add((tag.Group, (byte)tag.Element, creator, element));
                continue;
            }
            if (creator is not null) Reserve(dataset, tag.Group, tag.Element >> 8, creator);
            Add(dataset, element);
        }
        foreach (var (group, low, creator, element) in shortened ?? [])
        {
            if (PrivateBlock.Find(dataset, group, creator) is not { } block) throw Fault("No private block is left for a creator");
            Reserve(dataset, group, block, creator);
            Add(dataset, Retag(element, new Tag(group, (ushort)((block << 8) | low))));
        }
        if (needs) dataset.Set(new ValueElement(SpecificCharacterSet.Tag, Vr.CS, "ISO_IR 192"u8.ToArray()));
        return dataset;
    }

    private void Add(DicomDataset dataset, DicomElement element)
    {
        if (dataset.Contains(element.Tag)) throw Fault($"Attribute {element.Tag.ToHex()} is there twice");
        // What is read here is UTF-8, whatever it was.
        dataset.Set(element.Tag == SpecificCharacterSet.Tag ? new ValueElement(SpecificCharacterSet.Tag, Vr.CS, "ISO_IR 192"u8.ToArray()) : element);
    }

    private void Reserve(DicomDataset dataset, ushort group, int block, string creator)
    {
        var tag = new Tag(group, (ushort)block);
        if (!tag.IsPrivateCreator) throw Fault("An attribute with a privateCreator is in no private block");
        if (!dataset.Contains(tag)) dataset.Set(new ValueElement(tag, Vr.LO, Pad(Vr.LO, Encoding.UTF8.GetBytes(creator))));
        else if (PrivateBlock.CreatorOf(dataset, group, block) != creator) throw Fault("A private block has two creators");
    }

    private static DicomElement Retag(DicomElement element, Tag tag) => element switch
    {
        SequenceElement sequence => new SequenceElement(tag, sequence.Items),
        ValueElement value => new ValueElement(tag, value.Vr, value.Value),
        BulkDataReference bulk => new BulkDataReference(tag, bulk.Vr, bulk.Uri),
        _ => element,
    };

    private Vr ReadVr(Tag tag)
    {
        if (_xml.GetAttribute("vr") is not { } code) return DataElementDictionary.VrOf(tag);
        return VrTraits.TryParse(code, out var vr) ? vr : throw Fault("vr is not a value representation");
    }

    private DicomElement ReadElement(Tag tag, Vr vr, ref bool needsCharacterSet)
    {
        List<DicomDataset>? items = null;
        ArrayBufferWriter<byte>? value = null;
        DicomElement? whole = null;
        var last = 0;
        foreach (var name in Children())
        {
            if (whole is not null) throw Fault("An attribute has only one BulkData or InlineBinary");
            switch (name)
            {
                case "Item" when vr == Vr.SQ:
                    Count();
                    NextNumber(ref last, mayHaveGaps: false);
                    if (++_depth > _limits.MaxDepth) throw Fault($"Sequences are nested more than {_limits.MaxDepth} deep");
                    (items ??= []).Add(ReadDataset());
                    _depth--;
                    _tag = tag;
                    break;
                case "Value" when vr.IsText && vr != Vr.PN && (last == 0 || vr.IsMultiValuedText):
                    Separate(value ??= new(64), NextNumber(ref last, vr.IsMultiValuedText));
                    ReadText(value);
                    break;
                case "PersonName" when vr == Vr.PN:
                    Separate(value ??= new(64), NextNumber(ref last, mayHaveGaps: true));
                    ReadName(value);
                    break;
                case "Value" when vr.NumberSize > 0:
                    NextNumber(ref last, mayHaveGaps: false);
                    ReadNumber(value ??= new(64), vr);
                    break;
                case "InlineBinary" when vr != Vr.SQ && value is null:
                    whole = ReadBase64(tag, vr);
                    break;
                case "BulkData" when vr != Vr.SQ && value is null:
                    whole = ReadBulkData(tag, vr);
                    break;
                default:
                    throw Fault($"What is within an attribute of VR {vr.Code} is not of the model");
            }
        }
        if (vr == Vr.SQ) return new SequenceElement(tag, items ?? []);
        if (whole is not null) return whole;
        if (value is null) return new ValueElement(tag, vr, default);
        if (!vr.IsText) return new ValueElement(tag, vr, Pad(vr, value.WrittenSpan));
        needsCharacterSet |= vr.UsesSpecificCharacterSet && !Ascii.IsValid(value.WrittenSpan);
        if (!SpecificCharacterSet.TryFromUtf8(value.WrittenSpan, vr, out var bytes)) throw Fault($"VR {vr.Code} is ASCII");
        return new ValueElement(tag, vr, Pad(vr, bytes));
    }

    /// <summary>How many backslashes are before this value: one but for the first, and one for each that was left out because it is empty. Without a number it is the next.</summary>
    private int NextNumber(ref int last, bool mayHaveGaps)
    {
        var number = last + 1;
        if (_xml.GetAttribute("number") is { } text && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) || number <= last))
            throw Fault("Values are numbered 1, 2, 3");
        if (number > last + 1 && !mayHaveGaps) throw Fault("A value is left out");
        var before = number - Math.Max(last, 1);
        last = number;
        return before;
    }

    private void Separate(ArrayBufferWriter<byte> value, int backslashes)
    {
        Spend(backslashes);
        for (; backslashes > 0; backslashes--) value.Write("\\"u8);
    }

    private void ReadText(ArrayBufferWriter<byte> value)
    {
        var encoder = Encoding.UTF8.GetEncoder();
        foreach (var length in Pieces())
        {
            encoder.Convert(_chars.AsSpan(0, length), value, flush: false, out var written, out _);
            Spend((int)written);
        }
        encoder.Convert([], value, flush: true, out _, out _);
    }

    private void ReadName(ArrayBufferWriter<byte> value)
    {
        var groups = new string[] { "", "", "" };
        foreach (var name in Children())
        {
            var group = name switch { "Alphabetic" or "SingleByte" => 0, "Ideographic" => 1, "Phonetic" => 2, _ => throw Fault("A person name has Alphabetic, Ideographic and Phonetic only") };
            groups[group] = ReadNameGroup();
        }
        value.Write(Encoding.UTF8.GetBytes(string.Join('=', groups).TrimEnd('=')));
    }

    private string ReadNameGroup()
    {
        var components = new string[] { "", "", "", "", "" };
        foreach (var name in Children())
        {
            var component = name switch
            {
                "FamilyName" => 0,
                "GivenName" => 1,
                "MiddleName" => 2,
                "NamePrefix" => 3,
                "NameSuffix" => 4,
                _ => throw Fault("A name has FamilyName, GivenName, MiddleName, NamePrefix and NameSuffix only"),
            };
            var text = new ArrayBufferWriter<byte>(32);
            ReadText(text);
            components[component] = Encoding.UTF8.GetString(text.WrittenSpan);
        }
        return string.Join('^', components).TrimEnd('^');
    }

    private void ReadNumber(ArrayBufferWriter<byte> value, Vr vr)
    {
        var text = new StringBuilder(MaxNumber);
        foreach (var length in Pieces())
        {
            if (text.Length + length > MaxNumber) throw Fault("A number is too long");
            text.Append(_chars, 0, length);
        }
        Spend(vr.NumberSize);
        value.Write(NumberCodec.ToBytes(vr, text.ToString().Trim()));
    }

    private ValueElement ReadBase64(Tag tag, Vr vr)
    {
        var value = new ArrayBufferWriter<byte>(64);
        if (!_xml.IsEmptyElement)
        {
            _xml.Read();
            while (_xml.NodeType != XmlNodeType.EndElement && _xml.ReadContentAsBase64(_bytes, 0, Chunk) is var length and > 0)
            {
                Spend(length);
                value.Write(_bytes.AsSpan(0, length));
            }
            if (_xml.NodeType != XmlNodeType.EndElement) throw Fault("InlineBinary is not Base64");
        }
        return new ValueElement(tag, vr, Pad(vr, value.WrittenSpan));
    }

    private BulkDataReference ReadBulkData(Tag tag, Vr vr)
    {
        if ((_xml.GetAttribute("uri") ?? _xml.GetAttribute("uuid")) is not { } place) throw Fault("BulkData has neither uri nor uuid");
        if (!_keepsReferences) throw Fault("Bulk data cannot be fetched here: send it as InlineBinary");
        foreach (var _ in Children()) throw Fault("BulkData has nothing within");
        Spend(place.Length);
        return new BulkDataReference(tag, vr, place);
    }

    /// <summary>The names of the elements within the current one; whoever takes a name reads that element to its end.</summary>
    private IEnumerable<string> Children()
    {
        if (_xml.IsEmptyElement) yield break;
        while (_xml.Read())
        {
            switch (_xml.NodeType)
            {
                case XmlNodeType.EndElement:
                    yield break;
                case XmlNodeType.Element:
                    yield return _xml.LocalName;
                    break;
                case XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace:
                    break;
                default:
                    throw Fault("Text stands outside of a value");
            }
        }
    }

    /// <summary>The text of the current element, a piece at a time in the buffer of characters: how long each is.</summary>
    private IEnumerable<int> Pieces()
    {
        if (_xml.IsEmptyElement) yield break;
        while (_xml.Read() && _xml.NodeType != XmlNodeType.EndElement)
        {
            if (_xml.NodeType is not (XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace)) throw Fault("A value has more than text within");
            while (_xml.ReadValueChunk(_chars, 0, Chunk) is var length and > 0) yield return length;
        }
    }

    private static byte[] Pad(Vr vr, ReadOnlySpan<byte> value)
    {
        var padded = new byte[value.Length + (value.Length & 1)];
        value.CopyTo(padded);
        if (padded.Length > value.Length) padded[^1] = vr.Padding;
        return padded;
    }

    private void Count()
    {
        if (++_elements > _limits.MaxElements) throw Fault($"There are more than {_limits.MaxElements} elements and items");
    }

    private void Spend(int bytes)
    {
        _spent += bytes;
        if (_spent > _limits.MaxInlineTotal) throw Fault($"Values have more than {_limits.MaxInlineTotal} bytes");
    }

    private ModelException Fault(string what)
    {
        var (line, position) = _xml is IXmlLineInfo info ? (info.LineNumber, info.LinePosition) : (0, 0);
        return new ModelException($"{what}. Attribute {_tag.ToHex()}.", line, position);
    }

    /// <summary>A fault that is told here, as opposed to by the parser of XML.</summary>
    private sealed class ModelException(string message, int line, int position) : XmlException(message, null, line, position);
}
