using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Json;

/// <summary>
/// Reads the DICOM JSON Model (PS3.18 §F.2), and what clients are known to make of it where the meaning is clear: names as
/// strings, numbers as strings, whole numbers with a decimal point, null for an empty value of a number, no VR.
/// </summary>
internal ref struct DicomJsonReader
{
    /// <summary>Each sequence nests an array, an item and an attribute; a person name is an object in an array.</summary>
    private const int JsonLevelsPerSequence = 3, JsonLevelsOfValue = 4;

    private readonly bool _keepsReferences;
    private readonly DatasetLimits _limits;
    private Utf8JsonReader _json;
    private int _elements;
    private long _bytes;
    private Tag _tag;

    private DicomJsonReader(ReadOnlySpan<byte> utf8, bool keepBulkDataUris, DatasetLimits limits)
    {
        _json = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = limits.MaxDepth * JsonLevelsPerSequence + JsonLevelsOfValue });
        (_keepsReferences, _limits) = (keepBulkDataUris, limits);
    }

    public static DicomDataset Read(ReadOnlySpan<byte> utf8, bool keepBulkDataUris, DatasetLimits limits)
    {
        // A byte order mark may be there, and is ignored (RFC 8259 §8.1).
        var reader = new DicomJsonReader(utf8.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8, keepBulkDataUris, limits);
        try
        {
            reader.Next(JsonTokenType.StartObject);
            var dataset = reader.ReadDataset(out _);
            if (reader._json.Read()) throw reader.Fault("There is more behind the data set");
            return dataset;
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or OverflowException)
        {
            // Ill-formed escapes, and numbers that do not fit their VR. What was thrown may quote the value.
            throw reader.Fault("A value does not fit its value representation");
        }
    }

    private DicomDataset ReadDataset(out bool needsCharacterSet)
    {
        var dataset = new DicomDataset();
        needsCharacterSet = false;
        while (Next() != JsonTokenType.EndObject)
        {
            if (!Tag.TryParseHex(_json.GetString(), out var tag)) throw Fault("An attribute's name is not a tag of eight hexadecimal digits");
            if (dataset.Contains(tag)) throw Fault($"Attribute {tag.ToHex()} is there twice");
            _tag = tag;
            Count();
            dataset.Set(ReadElement(tag, out var needs));
            needsCharacterSet |= needs;
        }
        if (needsCharacterSet || dataset.Contains(SpecificCharacterSet.Tag)) dataset.Set(new ValueElement(SpecificCharacterSet.Tag, Vr.CS, "ISO_IR 192"u8.ToArray()));
        return dataset;
    }

    private DicomElement ReadElement(Tag tag, out bool needsCharacterSet)
    {
        needsCharacterSet = false;
        Next(JsonTokenType.StartObject);
        var vr = FindVr(tag);
        DicomElement? element = null;
        while (Next() != JsonTokenType.EndObject)
        {
            if (_json.ValueTextEquals("vr"u8))
            {
                Next(JsonTokenType.String);
                continue;
            }
            if (element is not null) throw Fault("An attribute has at most one of Value, InlineBinary and BulkDataURI");
            if (_json.ValueTextEquals("Value"u8)) element = ReadValues(tag, vr, out needsCharacterSet);
            else if (_json.ValueTextEquals("InlineBinary"u8)) element = Value(tag, vr, ReadInlineBinary());
            else if (_json.ValueTextEquals("BulkDataURI"u8)) element = ReadBulkData(tag, vr);
            else throw Fault("An attribute has members vr, Value, InlineBinary and BulkDataURI only");
        }
        return element ?? (vr == Vr.SQ ? new SequenceElement(tag, []) : Value(tag, vr, []));
    }

    /// <summary>The VR may stand behind the value that it is needed for.</summary>
    private Vr FindVr(Tag tag)
    {
        var ahead = _json;
        while (ahead.Read() && ahead.TokenType == JsonTokenType.PropertyName)
        {
            var isVr = ahead.ValueTextEquals("vr"u8);
            ahead.Read();
            if (isVr)
            {
                return ahead.TokenType == JsonTokenType.String && VrTraits.TryParse(ahead.GetString(), out var vr)
                    ? vr : throw Fault("vr is not a value representation");
            }
            ahead.Skip();
        }
        return DataElementDictionary.VrOf(tag);
    }

    private DicomElement ReadValues(Tag tag, Vr vr, out bool needsCharacterSet)
    {
        needsCharacterSet = false;
        Next(JsonTokenType.StartArray);
        if (vr == Vr.SQ) return ReadItems(tag);
        if (!vr.IsText && vr.NumberSize == 0) throw Fault($"VR {vr.Code} has InlineBinary or BulkDataURI");

        var buffer = new ArrayBufferWriter<byte>(64);
        var isEmpty = false;
        for (var first = true; Next() != JsonTokenType.EndArray; first = false)
        {
            if (vr.NumberSize > 0 && (isEmpty || (first && _json.TokenType == JsonTokenType.Null)))
            {
                // Binary values have no empty one among others (PS3.5 §6.2); null alone means no value.
                if (!first) throw Fault($"A value of VR {vr.Code} is null");
                isEmpty = true;
                continue;
            }
            if (vr.IsText && !first) buffer.Write("\\"u8);
            if (vr == Vr.PN) ReadName(buffer);
            else if (vr.IsText) ReadText(buffer, vr);
            else buffer.Write(NumberCodec.ToBytes(vr, NumberText(vr)));
        }
        if (!vr.IsText) return Value(tag, vr, buffer.WrittenSpan);
        needsCharacterSet = vr.UsesSpecificCharacterSet && !Ascii.IsValid(buffer.WrittenSpan);
        if (!SpecificCharacterSet.TryFromUtf8(buffer.WrittenSpan, vr, out var bytes)) throw Fault($"VR {vr.Code} is ASCII");
        return Value(tag, vr, bytes);
    }

    private SequenceElement ReadItems(Tag tag)
    {
        var items = new List<DicomDataset>();
        while (Next() != JsonTokenType.EndArray)
        {
            Count();
            // An empty item may be null.
            if (_json.TokenType == JsonTokenType.Null) items.Add(new DicomDataset());
            else if (_json.TokenType == JsonTokenType.StartObject) items.Add(ReadDataset(out _));
            else throw Fault("An item is not an object");
        }
        _tag = tag;
        return new SequenceElement(tag, items);
    }

    private void ReadText(ArrayBufferWriter<byte> buffer, Vr vr)
    {
        switch (_json.TokenType)
        {
            case JsonTokenType.Null:
                break;
            case JsonTokenType.String:
                Append(buffer, _json.GetString()!);
                break;
            case JsonTokenType.Number when vr is Vr.IS or Vr.DS:
                Append(buffer, vr == Vr.DS && _json.ValueSpan.Length > 16 ? Shorten(_json.GetDouble()) : Encoding.ASCII.GetString(_json.ValueSpan));
                break;
            default:
                throw Fault($"A value of VR {vr.Code} is not a string");
        }
    }

    private void ReadName(ArrayBufferWriter<byte> buffer)
    {
        if (_json.TokenType == JsonTokenType.Null) return;
        if (_json.TokenType == JsonTokenType.String)
        {
            Append(buffer, _json.GetString()!);
            return;
        }
        if (_json.TokenType != JsonTokenType.StartObject) throw Fault("A person name is not an object");
        var groups = new string[] { "", "", "" };
        while (Next() != JsonTokenType.EndObject)
        {
            var group = _json.ValueTextEquals("Alphabetic"u8) ? 0 : _json.ValueTextEquals("Ideographic"u8) ? 1 : _json.ValueTextEquals("Phonetic"u8) ? 2
                : throw Fault("A person name has members Alphabetic, Ideographic and Phonetic only");
            if (Next() is not (JsonTokenType.String or JsonTokenType.Null)) throw Fault("A person name's group is not a string");
            groups[group] = _json.GetString() ?? "";
        }
        Append(buffer, string.Join('=', groups).TrimEnd('='));
    }

    private string NumberText(Vr vr) => _json.TokenType switch
    {
        JsonTokenType.Number when vr != Vr.AT => Encoding.ASCII.GetString(_json.ValueSpan),
        JsonTokenType.String => _json.GetString()!,
        _ => throw Fault($"A value of VR {vr.Code} is not a {(vr == Vr.AT ? "string" : "number")}"),
    };

    private ReadOnlySpan<byte> ReadInlineBinary()
    {
        Next(JsonTokenType.String);
        if (!_json.TryGetBytesFromBase64(out var bytes)) throw Fault("InlineBinary is not Base64");
        return bytes;
    }

    private BulkDataReference ReadBulkData(Tag tag, Vr vr)
    {
        Next(JsonTokenType.String);
        if (!_keepsReferences) throw Fault("Bulk data cannot be fetched here: send it as InlineBinary");
        if (vr == Vr.SQ) throw Fault("A sequence has a Value");
        Spend(_json.ValueSpan.Length);
        return new BulkDataReference(tag, vr, _json.GetString()!);
    }

    private ValueElement Value(Tag tag, Vr vr, ReadOnlySpan<byte> bytes)
    {
        if (vr == Vr.SQ) throw Fault("A sequence has a Value");
        Spend(bytes.Length);
        var padded = new byte[bytes.Length + (bytes.Length & 1)];
        bytes.CopyTo(padded);
        if (padded.Length > bytes.Length) padded[^1] = vr.Padding;
        return new ValueElement(tag, vr, padded);
    }

    private static void Append(ArrayBufferWriter<byte> buffer, string text) => Encoding.UTF8.GetBytes(text, buffer);

    /// <summary>As many digits as the 16 characters of a DS hold.</summary>
    private static string Shorten(double number)
    {
        for (var digits = 16; ; digits--)
        {
            var text = number.ToString($"G{digits}", CultureInfo.InvariantCulture);
            if (text.Length <= 16 || digits == 1) return text;
        }
    }

    private void Count()
    {
        if (++_elements > _limits.MaxElements) throw Fault($"There are more than {_limits.MaxElements} elements and items");
    }

    private void Spend(int bytes)
    {
        _bytes += bytes;
        if (_bytes > _limits.MaxInlineTotal) throw Fault($"Values have more than {_limits.MaxInlineTotal} bytes");
    }

    private JsonTokenType Next() => _json.Read() ? _json.TokenType : throw Fault("The data set ends early");

    private void Next(JsonTokenType expected)
    {
        if (Next() != expected) throw Fault($"{expected} is expected where {_json.TokenType} is");
    }

    private readonly JsonException Fault(string what) => new($"{what}. Attribute {_tag.ToHex()}, byte {_json.TokenStartIndex}.");
}
