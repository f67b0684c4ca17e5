namespace Pacs.Storage.Queries;

/// <summary>Levels of the Query/Retrieve information models (PS3.4 §C.3). Study Root has the patient's attributes at the study level.</summary>
public enum QueryLevel { Patient, Study, Series, Instance }
