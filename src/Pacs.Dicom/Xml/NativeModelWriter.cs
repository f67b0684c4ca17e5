using System.Buffers;
using System.Text;
using Pacs.Dicom.CharacterSets;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Json;
using Pacs.Dicom.Primitives;

namespace Pacs.Dicom.Xml;

/// <summary>Writes the Native DICOM Model (PS3.19 Table A.1.5-1 and following).</summary>
internal ref struct NativeModelWriter(IBufferWriter<byte> output, Func<BulkPath, string?>? bulkDataUri)
{
    private Utf8Output _xml = new(output);
    private List<BulkPath.Step>? _place;

    public void Write(DicomDataset dataset)
    {
        _xml.Write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<NativeDicomModel xmlns=\"http://dicom.nema.org/PS3.19/models/NativeDICOM\" xml:space=\"preserve\">"u8);
        WriteDataset(dataset);
        _xml.Write("</NativeDicomModel>"u8);
        _xml.Flush();
    }

    private void WriteDataset(DicomDataset dataset)
    {
        var characterSet = dataset.CharacterSet;
        var block = default(PrivateBlock);
        foreach (var element in dataset.InOrder())
        {
            if (element.Tag.IsPrivate && !block.Holds(element.Tag)) block = PrivateBlock.Of(dataset, element.Tag);
            WriteElement(element, characterSet, element.Tag.IsPrivate ? block : default);
        }
    }

    private void WriteElement(DicomElement element, SpecificCharacterSet characterSet, PrivateBlock block)
    {
        var vr = element.ModelVr;
        _xml.Write("<DicomAttribute tag=\""u8);
        _xml.Hex(block.Creator is null || block.IsRepeated ? element.Tag : element.Tag with { Element = (byte)element.Tag.Element });
        _xml.Write("\" vr=\""u8);
        _xml.Write(vr);
        if (block.Creator is { } creator)
        {
            _xml.Write("\" privateCreator=\""u8);
            _xml.Text(Encoding.UTF8.GetBytes(creator));
        }
        else if (DataElementDictionary.Utf8KeywordOf(element.Tag) is { IsEmpty: false } keyword)
        {
            _xml.Write("\" keyword=\""u8);
            _xml.Write(keyword);
        }
        _xml.Write("\">"u8);
        switch (element)
        {
            case SequenceElement sequence:
                WriteItems(sequence);
                break;
            case BulkElement bulk when bulkDataUri?.Invoke(new BulkPath(_place, bulk)) is { } uri:
                _xml.Write("<BulkData uri=\""u8);
                _xml.Text(Encoding.UTF8.GetBytes(uri));
                _xml.Write("\"/>"u8);
                break;
            case ValueElement { Value.Length: > 0 } value:
                WriteValue(value, vr, characterSet);
                break;
        }
        _xml.Write("</DicomAttribute>"u8);
    }

    private void WriteItems(SequenceElement sequence)
    {
        _place ??= [];
        for (var i = 0; i < sequence.Items.Count; i++)
        {
            _xml.Write("<Item number=\""u8);
            _xml.Write(i + 1);
            _xml.Write("\">"u8);
            _place.Add(new(sequence.Tag, i));
            WriteDataset(sequence.Items[i]);
            _place.RemoveAt(_place.Count - 1);
            _xml.Write("</Item>"u8);
        }
    }

    private void WriteValue(ValueElement element, Vr vr, SpecificCharacterSet characterSet)
    {
        var bytes = element.Value.Span;
        if (vr.IsText)
        {
            WriteTexts(element.Tag == SpecificCharacterSet.Tag ? "ISO_IR 192"u8 : characterSet.ToUtf8(bytes, vr), vr);
        }
        else if (vr.NumberSize is var size and > 0)
        {
            WriteNumbers(bytes, vr, size);
        }
        else
        {
            _xml.Write("<InlineBinary>"u8);
            _xml.Base64(bytes);
            _xml.Write("</InlineBinary>"u8);
        }
    }

    private void WriteTexts(ReadOnlySpan<byte> text, Vr vr)
    {
        text = vr.TrimUtf8(text);
        if (text.IsEmpty || (vr == Vr.PN && text.Trim("=^ "u8).IsEmpty)) return;
        var number = 1;
        while (vr.IsMultiValuedText && text.IndexOf((byte)'\\') is var end and >= 0)
        {
            WriteText(number++, text[..end], vr);
            text = text[(end + 1)..];
        }
        WriteText(number, text, vr);
    }

    private void WriteText(int number, ReadOnlySpan<byte> text, Vr vr)
    {
        text = vr.TrimUtf8(text);
        if (vr == Vr.PN)
        {
            Begin("PersonName"u8, number);
            WriteNameGroups(text);
            End("PersonName"u8);
        }
        else
        {
            Begin("Value"u8, number);
            _xml.Text(text);
            End("Value"u8);
        }
    }

    private void WriteNameGroups(ReadOnlySpan<byte> name)
    {
        var group = 0;
        foreach (var range in name.Split((byte)'='))
        {
            if (group == 3) break;
            var key = group++ switch { 0 => "Alphabetic"u8, 1 => "Ideographic"u8, _ => "Phonetic"u8 };
            var text = name[range].Trim((byte)' ');
            if (text.Trim("^ "u8).IsEmpty) continue;
            Begin(key);
            WriteNameComponents(text);
            End(key);
        }
    }

    /// <summary>What is behind a fifth component, where there should be none, stays with the suffix.</summary>
    private void WriteNameComponents(ReadOnlySpan<byte> group)
    {
        for (var component = 0; !group.IsEmpty; component++)
        {
            var key = component switch { 0 => "FamilyName"u8, 1 => "GivenName"u8, 2 => "MiddleName"u8, 3 => "NamePrefix"u8, _ => "NameSuffix"u8 };
            var end = component < 4 ? group.IndexOf((byte)'^') : -1;
            var text = (end < 0 ? group : group[..end]).Trim((byte)' ');
            group = end < 0 ? default : group[(end + 1)..];
            if (text.IsEmpty) continue;
            Begin(key);
            _xml.Text(text);
            End(key);
        }
    }

    private void WriteNumbers(ReadOnlySpan<byte> bytes, Vr vr, int size)
    {
        Span<byte> text = stackalloc byte[NumberCodec.MaxText];
        for (var number = 1; bytes.Length >= size; bytes = bytes[size..], number++)
        {
            Begin("Value"u8, number);
            _xml.Write(text[..NumberCodec.Format(vr, bytes, text)]);
            End("Value"u8);
        }
    }

    private void Begin(ReadOnlySpan<byte> name, int number)
    {
        _xml.Write((byte)'<');
        _xml.Write(name);
        _xml.Write(" number=\""u8);
        _xml.Write(number);
        _xml.Write("\">"u8);
    }

    private void Begin(ReadOnlySpan<byte> name)
    {
        _xml.Write((byte)'<');
        _xml.Write(name);
        _xml.Write((byte)'>');
    }

    private void End(ReadOnlySpan<byte> name)
    {
        _xml.Write("</"u8);
        _xml.Write(name);
        _xml.Write((byte)'>');
    }
}
