using System.Buffers;
using System.Globalization;
using System.Text;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Json;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.Xml;

namespace Pacs.Dicom.Tests.Xml;

/// <summary>Data sets of every VR, made at random but the same each time: what is written as JSON or XML is what was read.</summary>
public sealed class ModelRoundTripTests
{
    private const string Letters = "aZ0 .-_/äßÆøЖ山田太郎ﾔﾏﾀﾞ김희중ا😀<>&\"'";

    private static readonly Vr[] Vrs = [.. Enum.GetValues<Vr>().Where(v => v is not (Vr.None or Vr.SQ))];

    [Fact]
    public void Json_AnyDataset_IsReadAsItWasWritten()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var json = Json(Make(new Random(seed), 3));
            Assert.Equal(json, Json(DicomJson.Read(Encoding.UTF8.GetBytes(json))));
        }
    }

    [Fact]
    public void Xml_AnyDataset_IsReadAsItWasWritten()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var xml = Xml(Make(new Random(seed), 3));
            Assert.Equal(Encoding.UTF8.GetString(xml), Encoding.UTF8.GetString(Xml(NativeModel.Read(new MemoryStream(xml)))));
        }
    }

    [Fact]
    public void Xml_AnyDataset_SaysWhatJsonSays()
    {
        for (var seed = 0; seed < 300; seed++)
        {
            var dataset = Make(new Random(seed), 3);
            Assert.Equal(Json(dataset), Json(NativeModel.Read(new MemoryStream(Xml(dataset)))));
        }
    }

    private static DicomDataset Make(Random random, int depth)
    {
        var dataset = new DicomDataset().Set(Tags.SpecificCharacterSet, Vr.CS, "ISO_IR 192")
            .Set(new Tag(0x00110010), Vr.LO, "MAKER").Set(new Tag(0x00110013), Vr.LO, "山田 & Co");
        for (var n = random.Next(1, 20); n > 0; n--)
        {
            // Standard and private ones, of a creator and of none.
            var group = (ushort)(random.Next(2) == 0 ? 0x0040 : 0x0011);
            var tag = new Tag(group, (ushort)((random.Next(0x10, 0x15) << 8) | random.Next(4)));
            if (depth > 0 && random.Next(6) == 0) dataset.Set(tag, [.. Enumerable.Range(0, random.Next(3)).Select(_ => Make(random, depth - 1))]);
            else dataset.Set(Element(random, tag, Vrs[random.Next(Vrs.Length)]));
        }
        return dataset;
    }

    private static ValueElement Element(Random random, Tag tag, Vr vr)
    {
        var count = random.Next(4);
        byte[] value;
        if (vr.IsText)
        {
            if (!vr.IsMultiValuedText) count = Math.Min(count, 1);
            value = Encoding.UTF8.GetBytes(string.Join('\\', Enumerable.Range(0, count).Select(_ => random.Next(5) == 0 ? "" : Text(random, vr))));
        }
        else
        {
            value = new byte[count * 8];
            random.NextBytes(value);
        }
        return new ValueElement(tag, vr, (value.Length & 1) == 0 ? value : [.. value, vr.Padding]);
    }

    private static string Text(Random random, Vr vr) => vr switch
    {
        Vr.IS => random.Next(-999, 999).ToString(CultureInfo.InvariantCulture),
        Vr.DS => random.Next(3) == 0 ? "1.50E-05" : (random.Next(-999, 999) / 8.0).ToString(CultureInfo.InvariantCulture),
        Vr.PN => string.Join('=', Enumerable.Range(0, random.Next(1, 4)).Select(_ => string.Join('^', Enumerable.Range(0, random.Next(1, 6)).Select(_ => Word(random) + "x")))),
        _ when !vr.UsesSpecificCharacterSet => "1.2." + random.Next(999).ToString(CultureInfo.InvariantCulture),
        _ when !vr.IsMultiValuedText => $" {Word(random)}\\\t\r\n{Word(random)}.",
        _ => Word(random),
    };

    private static string Word(Random random)
    {
        Rune[] letters = [.. Letters.EnumerateRunes()];
        return string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => letters[random.Next(letters.Length)])).Trim();
    }

    private static string Json(DicomDataset dataset)
    {
        var output = new ArrayBufferWriter<byte>();
        DicomJson.Write(output, dataset);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    private static byte[] Xml(DicomDataset dataset)
    {
        var output = new ArrayBufferWriter<byte>();
        NativeModel.Write(output, dataset);
        return output.WrittenSpan.ToArray();
    }
}
