using System.Buffers;
using System.Xml;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Xml;
using Pacs.Fuzz.Tests.Fuzzing;

namespace Pacs.Fuzz.Tests.Targets;

/// <summary>The Native DICOM Model, as STOW-RS takes it.</summary>
internal sealed class XmlTarget : FuzzTarget
{
    private static readonly DatasetLimits Limits = new() { MaxInlineTotal = 1 << 20 };

    public override string Name => "xml";

    public override IEnumerable<byte[]> Seeds { get; } =
    [
        .. SeedDatasets.All(isEncapsulated: false).Select(Write),
        [.. """<NativeDicomModel><DicomAttribute tag="00100010" vr="PN"><PersonName number="1"><Alphabetic><FamilyName>Doe</FamilyName></Alphabetic><Ideographic><GivenName>&#x5c71;</GivenName></Ideographic></PersonName></DicomAttribute></NativeDicomModel>"""u8],
        [.. """<NativeDicomModel><DicomAttribute tag="00090001" vr="CS" privateCreator="A"><Value number="2"><![CDATA[b]]></Value></DicomAttribute><DicomAttribute tag="7FE00010" vr="OW"><InlineBinary>AAEC</InlineBinary></DicomAttribute></NativeDicomModel>"""u8],
    ];

    public override IReadOnlyList<byte[]> Tokens { get; } =
    [
        [.. "<Value number=\"1\">"u8], [.. "</Value>"u8], [.. "<Item number=\"1\">"u8], [.. "</Item>"u8], [.. "<DicomAttribute tag=\"00091001\" vr=\"SQ\">"u8], [.. "</DicomAttribute>"u8],
        [.. "<BulkData uri=\"x\"/>"u8], [.. " privateCreator=\"A\""u8], [.. " vr=\"PN\""u8], [.. " vr=\"FD\""u8], [.. "&#13;"u8], [.. "&#1;"u8], [.. "&#xFFFE;"u8], [.. "&lt;"u8],
        [.. "<!DOCTYPE a [<!ENTITY b \"c\">]>"u8], [.. "<![CDATA["u8], [.. "]]>"u8], [.. "<!--"u8], [.. "-->"u8], [.. "/>"u8], [.. "^"u8], [.. "="u8], [.. "\\"u8], [.. "18446744073709551616"u8], [.. "999999999"u8],
    ];

    public override bool Run(byte[] input, Random random)
    {
        DicomDataset dataset;
        try
        {
            dataset = Read(input);
        }
        catch (XmlException)
        {
            return false;
        }
        var written = Write(dataset);
        DicomDataset again;
        try
        {
            again = Read(written);
        }
        catch (XmlException e)
        {
            throw new FuzzException($"What was written can be read: {e.Message}", e);
        }
        RequireEqual(written, Write(again), "What is read is written the same.");
        return true;
    }

    private static DicomDataset Read(byte[] input) => NativeModel.Read(new MemoryStream(input), limits: Limits);

    private static byte[] Write(DicomDataset dataset)
    {
        var buffer = new ArrayBufferWriter<byte>();
        NativeModel.Write(buffer, dataset);
        return buffer.WrittenSpan.ToArray();
    }
}
