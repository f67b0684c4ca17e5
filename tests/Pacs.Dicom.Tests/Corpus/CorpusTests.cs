using Pacs.Dicom.Datasets;
using Pacs.Dicom.Files;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.TransferSyntaxes;
using Xunit.Abstractions;

namespace Pacs.Dicom.Tests.Corpus;

public sealed class CorpusTests(ITestOutputHelper output)
{
    private static readonly DatasetLimits Everything = new() { KeepBulkData = true, MaxInlineTotal = int.MaxValue };

    [Fact]
    public void Read_EveryFile_ReadsOrFailsTyped()
    {
        foreach (var file in CorpusFile.All)
        {
            try
            {
                DicomFile.Open(file.FullPath);
                if (!file.IsReadByDcmdump) output.WriteLine($"READS  {file.Path}");
            }
            catch (DicomFormatException e)
            {
                output.WriteLine($"{(file.IsReadByDcmdump ? "FAILS" : "fails")}  {file.Path}: {e.Message}");
            }
            catch (Exception e)
            {
                output.WriteLine($"CRASH {file.Path}: {e}");
            }
        }
    }

    [Fact]
    public void Write_EveryFile_GivesTheSameBytes()
    {
        foreach (var file in CorpusFile.All)
        {
            try
            {
                var bytes = file.ReadAllBytes();
                using var stream = new MemoryStream(bytes);
                var read = DicomFile.Read(stream, Everything);
                var written = DatasetWriter.ToArray(read.Dataset, read.FileMeta.TransferSyntax);
                var original = bytes.AsSpan((int)read.DatasetOffset);
                if (!original.SequenceEqual(written)) output.WriteLine($"DIFFERS {file.Path} {read.FileMeta.TransferSyntax} {original.Length} {written.Length} at {original.CommonPrefixLength(written)}");
            }
            catch (DicomFormatException)
            {
            }
        }
    }
}
