using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Bench.Objects;

/// <summary>
/// Makes objects of fresh UIDs, in studies of one series. They are encoded once; what differs is written over in place.
/// For one thread.
/// </summary>
internal sealed class ObjectSource
{
    public const int InstancesPerSeries = 100;

    // 17 digits that no other run has (duplicates are cheap, and would flatter); from 1 or 2 on, as a UUID in decimal is.
    private static readonly string RunId = Random.Shared.NextInt64(10_000_000_000_000_000, 29_999_999_999_999_999).ToString(CultureInfo.InvariantCulture);
    private static int _sources;

    private readonly ImageSize _size;
    private readonly int _source = Interlocked.Increment(ref _sources);
    private readonly byte[] _header;
    private readonly byte[] _frame;
    private int _made;

    public ObjectSource(ImageSize size)
    {
        _size = size;
        _frame = new byte[size.Rows * size.Columns * 2];
        new Random(1).NextBytes(_frame);
        _header = Encode(size, _frame.Length);
    }

    public GeneratedObject Next()
    {
        var (study, instance) = (_made / InstancesPerSeries, _made % InstancesPerSeries);
        _made++;
        var next = new GeneratedObject(
            _size.SopClassUid, UidOf(study, instance + 1, 3), UidOf(study, 0, 1), UidOf(study, 0, 2), new RepeatingStream(_header, _frame, _size.Frames));
        Overwrite(Marker('S'), next.StudyInstanceUid);
        Overwrite(Marker('E'), next.SeriesInstanceUid);
        Overwrite(Marker('I'), next.SopInstanceUid);
        Overwrite(Marker('P')[..16], PatientIdOf(study));
        Overwrite(Marker('N')[..8], (instance + 1).ToString("D8", CultureInfo.InvariantCulture));
        return next;
    }

    public string PatientIdOf(int study) => string.Create(CultureInfo.InvariantCulture, $"BENCH{_source:D3}{study:D8}");

    private string UidOf(int study, int instance, int level) => string.Create(CultureInfo.InvariantCulture, $"2.25.{RunId}{_source:D3}{study:D9}{instance:D9}{level:D1}");

    private readonly Dictionary<string, int> _places = [];

    private void Overwrite(string marker, string value)
    {
        if (!_places.TryGetValue(marker, out var place))
        {
            place = _header.AsSpan().IndexOf(Encoding.ASCII.GetBytes(marker));
            _places[marker] = place;
        }
        Encoding.ASCII.GetBytes(value, _header.AsSpan(place));
    }

    // As long as every UID made here.
    private static string Marker(char letter) => new(letter, 44);

    private static byte[] Encode(ImageSize size, int frameLength)
    {
        var dataset = new DicomDataset();
        dataset.Set(Tags.SpecificCharacterSet, "ISO_IR 100").Set(Tags.ImageType, "ORIGINAL", "PRIMARY", "AXIAL")
            .Set(Tags.SOPClassUID, size.SopClassUid).Set(Tags.SOPInstanceUID, Marker('I'))
            .Set(Tags.StudyDate, "20260115").Set(Tags.SeriesDate, "20260115").Set(Tags.AcquisitionDate, "20260115").Set(Tags.ContentDate, "20260115")
            .Set(Tags.StudyTime, "101500").Set(Tags.SeriesTime, "101500").Set(Tags.AcquisitionTime, "101500").Set(Tags.ContentTime, "101500")
            .Set(Tags.AccessionNumber, "BENCH").Set(Tags.Modality, size.Modality).Set(Tags.Manufacturer, "Bench").Set(Tags.InstitutionName, "Bench")
            .Set(Tags.ReferringPhysicianName, "Roe^Richard").Set(Tags.StudyDescription, "Bench study").Set(Tags.SeriesDescription, "Bench series")
            .Set(Tags.PatientName, "Bench^Patient").Set(Tags.PatientID, Marker('P')[..16]).Set(Tags.PatientBirthDate, "19700131").Set(Tags.PatientSex, "O")
            .Set(Tags.SliceThickness, "5").Set(Tags.StudyInstanceUID, Marker('S')).Set(Tags.SeriesInstanceUID, Marker('E'))
            .Set(Tags.StudyID, "1").Set(Tags.SeriesNumber, 1).Set(Tags.InstanceNumber, Marker('N')[..8])
            .Set(Tags.ImagePositionPatient, "0", "0", "0").Set(Tags.ImageOrientationPatient, "1", "0", "0", "0", "1", "0")
            .Set(Tags.SamplesPerPixel, "1").Set(Tags.PhotometricInterpretation, "MONOCHROME2").Set(Tags.NumberOfFrames, $"{size.Frames}")
            .Set(Tags.Rows, size.Rows).Set(Tags.Columns, size.Columns).Set(Tags.PixelSpacing, "0.5", "0.5")
            .Set(Tags.BitsAllocated, 16).Set(Tags.BitsStored, 16).Set(Tags.HighBit, 15).Set(Tags.PixelRepresentation, 0L)
            .Set(Tags.WindowCenter, "40").Set(Tags.WindowWidth, "400").Set(Tags.RescaleIntercept, "-1024").Set(Tags.RescaleSlope, "1");
        byte[] pixelData = [0xE0, 0x7F, 0x10, 0x00, (byte)'O', (byte)'W', 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32LittleEndian(pixelData.AsSpan(8), checked((uint)((long)frameLength * size.Frames)));
        return [.. DatasetWriter.ToArray(dataset, TransferSyntaxRegistry.ExplicitVrLittleEndian), .. pixelData];
    }
}
