using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Tests.Files;

public sealed class DicomFileTests
{
    [Fact]
    public void Read_CutAnywhereWithinTheDataset_TellsThePlaceInTheFile()
    {
        var meta = new FileMetaInformation { MediaStorageSopClassUid = Uids.CTImageStorage, MediaStorageSopInstanceUid = "1.2.840.1", TransferSyntax = TransferSyntaxRegistry.ExplicitVrLittleEndian };
        using var output = new MemoryStream();
        DicomFile.Write(output, meta, new DicomDataset().Set(Tags.SOPInstanceUID, "1.2.840.1").Set(Tags.PatientComments, new string('c', 300)));
        var file = output.ToArray();
        var begin = meta.ToPart10Header().Length;
        var lastHeader = file.Length - 300 - 8;
        for (var length = begin + 1; length < file.Length; length++)
        {
            // Between two elements it is whole.
            if (length == lastHeader) continue;
            var fault = Assert.Throws<DicomFormatException>(() => DicomFile.Read(new MemoryStream(file, 0, length)));
            Assert.InRange(fault.Offset, begin, length);
            if (length >= lastHeader + 8) Assert.Equal(length, fault.Offset);
        }
    }
}
