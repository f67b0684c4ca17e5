using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Storage.Preprocessing;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Preprocessing;

public sealed class AttributeChangesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 8, 0, 0, TimeSpan.FromHours(1));

    [Theory]
    [InlineData("{PatientID}^{StudyDate}", "PID^20260115")]
    [InlineData("{AccessionNumber|default:NONE}", "NONE")]
    [InlineData("{AccessionNumber|prefix:X-}", "")]
    [InlineData("{PatientID|prefix:X-|suffix:/1|lower}", "x-pid/1")]
    [InlineData("{StudyDate|left:4}", "2026")]
    [InlineData("{PatientSex|map}", "WOMAN")]
    [InlineData("{{{PatientID}}}", "{PID}")]
    [InlineData("plain", "plain")]
    public void Value_Template_IsFilled(string template, string value)
    {
        var dataset = Sample();
        Read(new AttributeChange { Attribute = "PatientName", Value = template, Map = new Dictionary<string, string> { ["F"] = "WOMAN" } }).Apply(dataset, Now);
        Assert.Equal(value, dataset.GetString(Tags.PatientName) ?? "");
    }

    [Fact]
    public void Apply_ChangesAndRemoval_AreNotedInOriginalAttributes()
    {
        var dataset = Sample();
        Assert.True(Read(
            new() { Attribute = "PatientName", Value = "New" }, new() { Attribute = "PatientBirthDate", Remove = true },
            new() { Attribute = "InstitutionName", Value = "Here", OnlyIfEmpty = true }, new() { Attribute = "StudyDescription", Value = "Other", OnlyIfEmpty = true },
            new() { Attribute = "StudyID", Remove = true }).Apply(dataset, Now));
        Assert.Equal(("New", null, "Head"), (dataset.GetString(Tags.PatientName), dataset[Tags.PatientBirthDate], dataset.GetString(Tags.StudyDescription)));
        var item = Assert.Single(dataset.GetItems(Tags.OriginalAttributesSequence));
        Assert.Equal(("PACS x", "COERCE", "20261121080000.000000+0100"),
            (item.GetString(Tags.ModifyingSystem), item.GetString(Tags.ReasonForTheAttributeModification), item.GetString(Tags.AttributeModificationDateTime)));
        Assert.True(item.Contains(Tags.SourceOfPreviousValues));
        var former = Assert.Single(item.GetItems(Tags.ModifiedAttributesSequence));
        Assert.Equal(("Doe^Jane", "19700131"), (former.GetString(Tags.PatientName), former.GetString(Tags.PatientBirthDate)));
    }

    [Fact]
    public void Apply_ChangedTwice_KeepsBothNotes()
    {
        var dataset = Sample();
        Read(new AttributeChange { Attribute = "PatientName", Value = "One" }).Apply(dataset, Now);
        Read(new AttributeChange { Attribute = "PatientName", Value = "Two" }).Apply(dataset, Now);
        Assert.Equal(["Doe^Jane", "One"], dataset.GetItems(Tags.OriginalAttributesSequence).Select(i => i.GetItems(Tags.ModifiedAttributesSequence)[0].GetString(Tags.PatientName)!));
    }

    [Fact]
    public void Apply_NothingDiffers_NotesNothing()
    {
        var dataset = Sample();
        Assert.False(Read(new AttributeChange { Attribute = "PatientID", Value = "{PatientID}" }, new AttributeChange { Attribute = "AccessionNumber", Remove = true }).Apply(dataset, Now));
        Assert.False(dataset.Contains(Tags.OriginalAttributesSequence));
    }

    [Fact]
    public void Apply_TextOutsideTheCharacterSet_TurnsTheObjectIntoUtf8()
    {
        var dataset = SampleObjects.Ct(new SampleOptions { PatientName = "Müller^Jörg", StudyDescription = "Schädel" }).Dataset;
        Read(new AttributeChange { Attribute = "InstitutionName", Value = "東京病院" }, new AttributeChange { Attribute = "PatientName", Value = "{PatientName|upper}" }).Apply(dataset, Now);
        Assert.Equal("ISO_IR 192", dataset.GetString(Tags.SpecificCharacterSet));
        Assert.Equal(("東京病院", "MÜLLER^JÖRG", "Schädel"), (dataset.GetString(Tags.InstitutionName), dataset.GetString(Tags.PatientName), dataset.GetString(Tags.StudyDescription)));
        var former = dataset.GetItems(Tags.OriginalAttributesSequence)[0].GetItems(Tags.ModifiedAttributesSequence)[0];
        Assert.Equal("Müller^Jörg", former.GetString(Tags.PatientName));
    }

    [Fact]
    public void Apply_PrivateAttribute_IsFoundByItsCreator()
    {
        var dataset = Sample();
        dataset.Set(new ValueElement(new Tag(0x00090011), Vr.LO, "ACME"u8.ToArray())).Set(new ValueElement(new Tag(0x00091101), Vr.LO, "KNEE"u8.ToArray()));
        Read(new AttributeChange { Attribute = "00091001", PrivateCreator = "ACME", Value = "FOOT" }, new AttributeChange { Attribute = "00091002", PrivateCreator = "OTHER", Remove = true }).Apply(dataset, Now);
        Assert.Equal("FOOT", dataset.GetString(new Tag(0x00091101)));
        var former = dataset.GetItems(Tags.OriginalAttributesSequence)[0].GetItems(Tags.ModifiedAttributesSequence)[0];
        Assert.Equal(("ACME", "KNEE"), (former.GetString(new Tag(0x00090011)), former.GetString(new Tag(0x00091101))));
    }

    [Fact]
    public void Apply_ValueThatCannotBe_IsRefusedWithoutTellingIt()
    {
        var dataset = SampleObjects.Ct(new SampleOptions { PatientName = new string('N', 40) }).Dataset;
        var fault = Assert.Throws<PreprocessingException>(() => Read(new AttributeChange { Attribute = "AccessionNumber", Value = "{PatientName}" }).Apply(dataset, Now));
        Assert.Contains("AccessionNumber would be longer than 16", fault.Message);
        Assert.DoesNotContain("NNN", fault.Message);
    }

    [Theory]
    [InlineData("SOPInstanceUID", "1.2", "cannot be changed")]
    [InlineData("StudyInstanceUID", null, "cannot be changed")]
    [InlineData("FrameOfReferenceUID", null, "cannot be changed")]
    [InlineData("PixelData", null, "cannot be changed")]
    [InlineData("Rows", "1", "cannot be changed")]
    [InlineData("SpecificCharacterSet", "ISO_IR 192", "cannot be changed")]
    [InlineData("TransferSyntaxUID", "1.2", "cannot be changed")]
    [InlineData("Nothing", "1", "keyword")]
    [InlineData("RequestAttributesSequence", "1", "only be removed")]
    [InlineData("PatientName", "{Nothing}", "no attribute")]
    [InlineData("PatientName", "{PatientID", "not closed")]
    [InlineData("PatientName", "{PatientID|twice}", "no function")]
    [InlineData("PatientName", "{PatientID|map}", "no function")]
    [InlineData("PatientSex", "female", "no code")]
    [InlineData("PatientBirthDate", "1970", "no date")]
    [InlineData("AccessionNumber", "12345678901234567", "longer than 16")]
    [InlineData("00091001", "X", "private creator")]
    public void Read_WhatCannotBeAsked_IsAFault(string attribute, string? value, string told)
    {
        var faults = new List<string>();
        AttributeChanges.Read([new AttributeChange { Attribute = attribute, Value = value, Remove = value is null }], "PACS", "coerce", faults);
        Assert.Contains(told, Assert.Single(faults));
    }

    private static AttributeChanges Read(params AttributeChange[] changes)
    {
        var faults = new List<string>();
        var read = AttributeChanges.Read(changes, "PACS x", "coerce", faults);
        Assert.Empty(faults);
        return read;
    }

    private static DicomDataset Sample() => SampleObjects.Ct(new SampleOptions { PatientId = "PID", Customize = d => { d.Remove(Tags.AccessionNumber); d.Remove(Tags.InstitutionName); d.Remove(Tags.StudyID); } }).Dataset;
}
