using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Json;

/// <summary>
/// Writes the DICOM JSON Model (PS3.18 §F.2). Text that is ASCII or UTF-8 already, nearly all there is, goes from the
/// element to the output as it is.
/// </summary>
internal ref struct DicomJsonWriter(IBufferWriter<byte> output, Func<BulkPath, string?>? bulkDataUri)
{
    /// <summary>The largest integer that every reader of JSON keeps exactly (RFC 8259 §6).</summary>
    private const long MaxExact = (1L << 53) - 1;

    /// <summary>So many digits always are below that.</summary>
    private const int MaxExactDigits = 15;

    private Utf8Output _json = new(output);
    private List<BulkPath.Step>? _place;

    public void Write(DicomDataset dataset)
    {
        WriteDataset(dataset);
        _json.Flush();
    }

    private void WriteDataset(DicomDataset dataset)
    {
        var characterSet = dataset.CharacterSet;
        var first = true;
        _json.Write((byte)'{');
        foreach (var element in dataset.InOrder())
        {
            if (!first) _json.Write((byte)',');
            first = false;
            WriteElement(element, characterSet);
        }
        _json.Write((byte)'}');
    }

    private void WriteElement(DicomElement element, SpecificCharacterSet characterSet)
    {
        var vr = element.ModelVr;
        _json.BeginAttribute(element.Tag, vr);
        switch (element)
        {
            case SequenceElement { Items.Count: > 0 } sequence:
                WriteItems(sequence);
                break;
            case BulkElement bulk when bulkDataUri?.Invoke(new BulkPath(_place, bulk)) is { } uri:
                _json.Write(",\"BulkDataURI\":"u8);
                _json.Text(Encoding.UTF8.GetBytes(uri));
                break;
            case ValueElement { Value.Length: > 0 } value:
                WriteValue(value, vr, characterSet);
                break;
        }
        _json.Write((byte)'}');
    }

    private void WriteItems(SequenceElement sequence)
    {
        _place ??= [];
        _json.Write(",\"Value\":["u8);
        for (var i = 0; i < sequence.Items.Count; i++)
        {
            if (i > 0) _json.Write((byte)',');
            _place.Add(new(sequence.Tag, i));
            WriteDataset(sequence.Items[i]);
            _place.RemoveAt(_place.Count - 1);
        }
        _json.Write((byte)']');
    }

    private void WriteValue(ValueElement element, Vr vr, SpecificCharacterSet characterSet)
    {
        var bytes = element.Value.Span;
        if (vr.IsText)
        {
            WriteText(element.Tag == SpecificCharacterSet.Tag ? "ISO_IR 192"u8 : characterSet.ToUtf8(bytes, vr), vr);
        }
        else if (vr.NumberSize is var size and > 0)
        {
            WriteNumbers(bytes, vr, size);
        }
        else
        {
            _json.Write(",\"InlineBinary\":\""u8);
            _json.Base64(bytes);
            _json.Write((byte)'"');
        }
    }

    private void WriteText(ReadOnlySpan<byte> text, Vr vr)
    {
        var multiple = vr.IsMultiValuedText;
        text = vr.TrimUtf8(text);
        if (text.IsEmpty || (vr == Vr.PN && text.Trim("=^ "u8).IsEmpty)) return;
        _json.Write(",\"Value\":["u8);
        while (multiple && text.IndexOf((byte)'\\') is var end and >= 0)
        {
            WriteTextValue(text[..end], vr);
            _json.Write((byte)',');
            text = text[(end + 1)..];
        }
        WriteTextValue(text, vr);
        _json.Write((byte)']');
    }

    private void WriteTextValue(ReadOnlySpan<byte> text, Vr vr)
    {
        text = vr.TrimUtf8(text);
        if (text.IsEmpty) _json.Write("null"u8);
        else if (vr == Vr.PN) WriteName(text);
        else if (vr is not (Vr.IS or Vr.DS) || !TryWriteNumber(text, vr == Vr.IS)) _json.Text(text);
    }

    private void WriteName(ReadOnlySpan<byte> name)
    {
        if (name.Trim("=^ "u8).IsEmpty)
        {
            _json.Write("null"u8);
            return;
        }
        var group = 0;
        var first = true;
        foreach (var range in name.Split((byte)'='))
        {
            if (group == 3) break;
            var key = group++ switch { 0 => "\"Alphabetic\":"u8, 1 => "\"Ideographic\":"u8, _ => "\"Phonetic\":"u8 };
            var text = name[range].Trim((byte)' ');
            if (text.Trim((byte)'^').IsEmpty) continue;
            _json.Write(first ? (byte)'{' : (byte)',');
            first = false;
            _json.Write(key);
            _json.Text(text);
        }
        _json.Write(first ? "null"u8 : "}"u8);
    }

    /// <summary>The digits as they are, but for what DICOM allows and JSON does not: "+1", "007", ".5", "5.".</summary>
    private bool TryWriteNumber(ReadOnlySpan<byte> text, bool isInteger)
    {
        var negative = text[0] == '-';
        var rest = text[0] is (byte)'-' or (byte)'+' ? text[1..] : text;
        var whole = Digits(rest);
        rest = rest[whole.Length..];
        ReadOnlySpan<byte> fraction = default, exponent = default;
        var exponentIsNegative = false;
        if (!isInteger && rest is [(byte)'.', ..])
        {
            fraction = Digits(rest[1..]);
            rest = rest[(1 + fraction.Length)..];
        }
        if (whole.IsEmpty && fraction.IsEmpty) return false;
        if (!isInteger && rest is [(byte)'e' or (byte)'E', ..])
        {
            rest = rest[1..];
            exponentIsNegative = rest is [(byte)'-', ..];
            if (rest is [(byte)'-' or (byte)'+', ..]) rest = rest[1..];
            exponent = Digits(rest);
            rest = rest[exponent.Length..];
            if (exponent.IsEmpty) return false;
        }
        if (!rest.IsEmpty) return false;

        whole = whole.TrimStart((byte)'0');
        if (isInteger && whole.Length > MaxExactDigits) return false;
        if (negative) _json.Write((byte)'-');
        _json.Write(whole.IsEmpty ? "0"u8 : whole);
        if (!fraction.IsEmpty)
        {
            _json.Write((byte)'.');
            _json.Write(fraction);
        }
        if (!exponent.IsEmpty)
        {
            _json.Write(exponentIsNegative ? "E-"u8 : "E"u8);
            _json.Write(exponent);
        }
        return true;
    }

    private static ReadOnlySpan<byte> Digits(ReadOnlySpan<byte> text)
    {
        var length = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return length < 0 ? text : text[..length];
    }

    private void WriteNumbers(ReadOnlySpan<byte> bytes, Vr vr, int size)
    {
        if (bytes.Length < size) return;
        _json.Write(",\"Value\":["u8);
        for (var first = true; bytes.Length >= size; bytes = bytes[size..], first = false)
        {
            if (!first) _json.Write((byte)',');
            WriteNumber(bytes, vr);
        }
        _json.Write((byte)']');
    }

    private void WriteNumber(ReadOnlySpan<byte> bytes, Vr vr)
    {
        switch (vr)
        {
            case Vr.US: _json.Write(BinaryPrimitives.ReadUInt16LittleEndian(bytes)); break;
            case Vr.SS: _json.Write(BinaryPrimitives.ReadInt16LittleEndian(bytes)); break;
            case Vr.UL: _json.Write(BinaryPrimitives.ReadUInt32LittleEndian(bytes)); break;
            case Vr.SL: _json.Write(BinaryPrimitives.ReadInt32LittleEndian(bytes)); break;
            case Vr.AT: WriteTag(new Tag(BinaryPrimitives.ReadUInt16LittleEndian(bytes), BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]))); break;
            case Vr.UV: WriteLong(BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes) <= MaxExact); break;
            case Vr.SV: WriteLong(BinaryPrimitives.ReadInt64LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes) is >= -MaxExact and <= MaxExact); break;
            case Vr.FL: WriteFloat(BinaryPrimitives.ReadSingleLittleEndian(bytes)); break;
            default: WriteFloat(BinaryPrimitives.ReadDoubleLittleEndian(bytes)); break;
        }
    }

    private void WriteTag(Tag tag)
    {
        _json.Write((byte)'"');
        _json.Hex(tag);
        _json.Write((byte)'"');
    }

    /// <summary>A string where a number would lose digits (note to PS3.18 Table F.2.3-1).</summary>
    private void WriteLong<T>(T number, bool isExact) where T : IUtf8SpanFormattable
    {
        if (!isExact) _json.Write((byte)'"');
        _json.Write(number);
        if (!isExact) _json.Write((byte)'"');
    }

    /// <summary>JSON has no number for NaN and the infinities; they are written as strings, as dcm4che and pydicom do.</summary>
    private void WriteFloat<T>(T number) where T : IUtf8SpanFormattable, System.Numerics.IFloatingPointIeee754<T>
    {
        if (T.IsFinite(number)) _json.Write(number);
        else _json.Text(T.IsNaN(number) ? "NaN"u8 : T.IsNegative(number) ? "-Infinity"u8 : "Infinity"u8);
    }
}
