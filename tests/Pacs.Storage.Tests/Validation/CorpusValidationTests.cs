using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Parsing;
using Pacs.Storage.Access;
using Pacs.Storage.Validation;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;

namespace Pacs.Storage.Tests.Validation;

public sealed class CorpusValidationTests(ITestOutputHelper output)
{
    [Fact]
    public void Check_EveryFileOfTheCorpus_IsJudgedInFewWords()
    {
        var (passed, faulty, noTable) = (0, 0, 0);
        foreach (var file in Corpus.Files(output.WriteLine))
        {
            DicomDataset dataset;
            try
            {
                dataset = DicomFile.Open(file.FullPath).Dataset;
            }
            catch (DicomFormatException)
            {
                // Refused before it would be validated.
                continue;
            }
            if (IodDictionary.Find(dataset.GetString(Tags.SOPClassUID) ?? "") is null) noTable++;
            if (ObjectValidator.Check(dataset, ValidationLevel.Thorough, isAbridged: false) is not { } result)
            {
                passed++;
                continue;
            }
            faulty++;
            output.WriteLine($"{file.Path}: {result.Faults} {string.Join(' ', result.Faults.Elements)}");
            Assert.InRange(result.Faults.ToString().Length, 1, 64);
            Assert.InRange(result.Faults.Elements.Count, 1, 16);
        }
        output.WriteLine($"{passed} pass, {noTable} of them without a table; {faulty} have faults.");
    }

    [Fact]
    public void Check_SampleObjects_AreAsTheirIodsSay()
    {
        foreach (var sample in SampleObjects.OneOfEach(SampleOptions.Fresh()))
        {
            var elements = ObjectValidator.Check(sample.Dataset, ValidationLevel.Thorough, isAbridged: false)?.Faults.Elements ?? [];
            Assert.True(elements.Count == 0, $"{sample.SopClassUid}: {string.Join(' ', elements)}");
        }
    }
}
